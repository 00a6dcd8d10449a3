import { z } from "zod";
import { expects } from "./explain.ts";

const RULE =
  "a schedule: rate(N minutes), rate(N hours), rate(N days) or cron(minute hour day-of-month month day-of-week year) in UTC";
const REMEDY =
  'For example "rate(15 minutes)" or "cron(0 3 * * ? *)"; one of the two day fields of a cron is "?".';

/** EventBridge Scheduler's expressions. */
export const Schedule = z
  .string(expects(RULE, REMEDY))
  .refine(isSchedule, expects(RULE, REMEDY))
  .brand("Schedule")
  .meta({
    id: "Schedule",
    description: "When something happens, UTC.",
    examples: ["rate(15 minutes)", "cron(0 3 * * ? *)"],
  });
export type Schedule = z.output<typeof Schedule>;

export function isSchedule(text: string): boolean {
  return isRate(text) || isCron(text);
}

/** The singular goes with 1 and with nothing else, as EventBridge insists. */
function isRate(text: string): boolean {
  const [, count, unit] =
    /^rate\(([1-9]\d{0,4}) (minute|minutes|hour|hours|day|days)\)$/.exec(text) ?? [];
  return count !== undefined && unit !== undefined && (count === "1") === !unit.endsWith("s");
}

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** Forms that only this field takes, such as `L` or `5#2`. */
  readonly special?: RegExp;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, special: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/ },
  { min: 1, max: 12, names: MONTHS },
  {
    min: 1,
    max: 7,
    names: DAYS,
    special: /^(\?|L|[1-7]L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5])$/,
  },
  { min: 1970, max: 2199 },
];

function isCron(text: string): boolean {
  const body = /^cron\((.+)\)$/.exec(text)?.[1];
  const parts = body?.split(" ") ?? [];
  if (parts.length !== FIELDS.length) return false;
  const dayFields = [parts[2], parts[4]].filter((part) => part === "?");
  return (
    dayFields.length === 1 && FIELDS.every((field, index) => isField(parts[index] ?? "", field))
  );
}

function isField(text: string, field: Field): boolean {
  if (field.special?.test(text) === true) return true;
  return text.split(",").every((part) => isRange(part, field));
}

function isRange(text: string, field: Field): boolean {
  const [range = "", step, ...more] = text.split("/");
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
  if (range === "*") return true;
  const ends = range.split("-");
  const values = ends.map((end) => valueOf(end, field));
  const [from, to] = values;
  if (ends.length > 2 || values.some((value) => value === undefined)) return false;
  return from !== undefined && (to === undefined || from <= to);
}

function valueOf(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return field.min + named;
  if (!/^\d{1,4}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= field.min && value <= field.max ? value : undefined;
}
