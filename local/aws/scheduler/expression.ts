/** A schedule that cannot be read. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}

const MINUTE = 60_000;
const UNITS: Readonly<Record<string, number>> = {
  minute: MINUTE,
  hour: 60 * MINUTE,
  day: 24 * 60 * MINUTE,
};
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const LAST_YEAR = 2199;

/**
 * The first time after `after` at which a schedule strikes, UTC; undefined when it never does again. `since`: when the schedule was made, from
 * which a rate counts. Expressions: `rate(5 minutes)`, `cron(0 3 ? * MON-FRI *)`, `at(2030-01-31T10:00:00)`.
 * Source: EventBridge Scheduler User Guide, "Schedule types".
 * @throws ScheduleError
 */
export function nextTime(expression: string, after: Date, since: Date): Date | undefined {
  const [, kind = "", body = ""] = /^(rate|cron|at)\((.+)\)$/.exec(expression) ?? [];
  if (kind === "rate") return nextOfRate(body, after, since);
  if (kind === "cron") return nextOfCron(body, after);
  if (kind === "at") return once(body, after);
  throw new ScheduleError(
    `Expected rate(...), cron(...) or at(...), got ${JSON.stringify(expression)}.`,
  );
}

function once(body: string, after: Date): Date | undefined {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) ? Date.parse(`${body}Z`) : NaN;
  if (Number.isNaN(time)) throw new ScheduleError(`Expected at(yyyy-mm-ddThh:mm:ss), got ${body}.`);
  return time > after.getTime() ? new Date(time) : undefined;
}

function nextOfRate(body: string, after: Date, since: Date): Date {
  const [, count = "", unit = ""] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(body) ?? [];
  const every = Number(count) * (UNITS[unit] ?? 0);
  if (every === 0) throw new ScheduleError(`Expected rate(N minutes|hours|days), got ${body}.`);
  const passed = Math.max(0, Math.floor((after.getTime() - since.getTime()) / every));
  return new Date(since.getTime() + (passed + 1) * every);
}

type Fits = (value: number) => boolean;

function nextOfCron(body: string, after: Date): Date | undefined {
  const fields = body.split(" ");
  if (fields.length !== 6) throw new ScheduleError(`A cron has six fields, got ${fields.length}.`);
  const [minutes = "", hours = "", days = "", months = "", weekdays = "", years = ""] = fields;
  const minute = list(minutes, 0, 59);
  const hour = list(hours, 0, 23);
  const month = list(months, 1, 12, MONTHS);
  const year = list(years, 1970, LAST_YEAR);
  const day = dayRule(days, weekdays);
  const start = new Date(Math.floor(after.getTime() / MINUTE) * MINUTE + MINUTE);
  for (let at = start; at.getUTCFullYear() <= LAST_YEAR; at = tomorrow(at)) {
    if (!year(at.getUTCFullYear())) {
      at = new Date(Date.UTC(at.getUTCFullYear(), 11, 31));
      continue;
    }
    if (!month(at.getUTCMonth() + 1) || !day(at)) continue;
    const found = timeOfDay(at, hour, minute);
    if (found !== undefined) return found;
  }
  return undefined;
}

function tomorrow(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + 1));
}

/** The first fitting minute of that day, from that time on. */
function timeOfDay(from: Date, hour: Fits, minute: Fits): Date | undefined {
  const end = tomorrow(from).getTime();
  for (let time = from.getTime(); time < end; time += MINUTE) {
    const at = new Date(time);
    if (hour(at.getUTCHours()) && minute(at.getUTCMinutes())) return at;
  }
  return undefined;
}

/** `*`, values, ranges and steps, by number or by name. */
function list(text: string, min: number, max: number, names: readonly string[] = []): Fits {
  const parts = text.split(",").map((part) => {
    const [range = "", step] = part.split("/");
    const [from = "", to] = range === "*" ? [String(min), String(max)] : range.split("-");
    const low = valueOf(from, min, max, names);
    const high = to === undefined ? (step === undefined ? low : max) : valueOf(to, min, max, names);
    return { low, high, step: Number(step ?? 1) };
  });
  return (value) =>
    parts.some(
      ({ low, high, step }) => value >= low && value <= high && (value - low) % step === 0,
    );
}

function valueOf(text: string, min: number, max: number, names: readonly string[]): number {
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? named + min : /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new ScheduleError(`Expected ${min} to ${max}, got ${JSON.stringify(text)}.`);
}

/** Which days fit: one of the two day fields is `?`. */
function dayRule(days: string, weekdays: string): (at: Date) => boolean {
  if ((days === "?") === (weekdays === "?")) {
    throw new ScheduleError("One of a cron's two day fields, and not both, is ?.");
  }
  return weekdays === "?" ? monthDay(days) : weekDay(weekdays);
}

function monthDay(days: string): (at: Date) => boolean {
  if (days === "L") return (at) => at.getUTCDate() === lastDay(at);
  if (days === "LW") return (at) => at.getUTCDate() === nearestWeekday(at, lastDay(at));
  const near = /^(\d{1,2})W$/.exec(days)?.[1];
  if (near !== undefined) return (at) => at.getUTCDate() === nearestWeekday(at, Number(near));
  const fits = list(days, 1, 31);
  return (at) => fits(at.getUTCDate());
}

function weekDay(weekdays: string): (at: Date) => boolean {
  const [, name = "", nth] = /^(\w+?)(?:#([1-5])|L)$/.exec(weekdays) ?? [];
  if (weekdays === "L") return (at) => at.getUTCDay() === 6;
  if (name === "") {
    const fits = list(weekdays, 1, 7, WEEKDAYS);
    return (at) => fits(at.getUTCDay() + 1);
  }
  const day = valueOf(name, 1, 7, WEEKDAYS) - 1;
  if (nth === undefined) {
    return (at) => at.getUTCDay() === day && at.getUTCDate() + 7 > lastDay(at);
  }
  return (at) => at.getUTCDay() === day && Math.ceil(at.getUTCDate() / 7) === Number(nth);
}

function lastDay(at: Date): number {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The weekday nearest to a day, within its month. */
function nearestWeekday(at: Date, wanted: number): number {
  const last = lastDay(at);
  const day = Math.min(wanted, last);
  const weekday = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === last ? day - 2 : day + 1;
  return day;
}
