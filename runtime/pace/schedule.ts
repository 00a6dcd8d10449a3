import { BYTES } from "../units.ts";

/** Bytes per second allowed, by the time of day. */
export interface RateWindow {
  /** Minutes since midnight; the window begins there. */
  readonly from: number;
  /** Minutes since midnight, excluded; not after `from` when the window goes past midnight. */
  readonly to: number;
  /** Bytes per second; Infinity: unlimited; 0: nothing. */
  readonly rate: number;
}

export interface RateSchedule {
  /** IANA time zone of the windows. */
  readonly zone: string;
  /** The first that holds the time counts. */
  readonly windows: readonly RateWindow[];
  /** Where none does. */
  readonly otherwise: number;
}

/** What is allowed at a time, and until when at least that is so, in milliseconds since 1970. */
export interface RateAt {
  readonly rate: number;
  readonly until: number;
}

/** A text that is no rate: the message says what one looks like. */
export class BadRate extends Error {
  override readonly name = "BadRate";
}

/**
 * Reads `50MB/s`, or windows of local time: `22:00-06:00=unlimited, 06:00-22:00=50MB/s`, with an `@Europe/Berlin` at the end for their zone (default: that of the
 * machine). A time outside all windows is unlimited; a lone rate among windows is meant for those times: `20MB/s, 22:00-06:00=unlimited`.
 */
export function parseRate(text: string, zone?: string): RateSchedule {
  const [rules = "", named] = text.split("@", 2);
  const windows: RateWindow[] = [];
  let otherwise: number | undefined;
  for (const rule of rules.split(",").map((one) => one.trim())) {
    const window = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})\s*=\s*(\S+)$/.exec(rule);
    if (window === null) {
      if (otherwise !== undefined) throw bad(text, `it has two rates without a window`);
      otherwise = bytesPerSecond(rule, text);
      continue;
    }
    const [, fromHour, fromMinute, toHour, toMinute, rate = ""] = window;
    windows.push({
      from: minuteOf(fromHour, fromMinute, text),
      to: minuteOf(toHour, toMinute, text) % 1440,
      rate: bytesPerSecond(rate, text),
    });
  }
  return {
    zone: zoneOf(named?.trim() ?? zone, text, windows.length > 0),
    windows,
    otherwise: otherwise ?? Infinity,
  };
}

/** What a schedule allows at a time. The zone's own rules map the time to the clock on the wall: an hour that comes twice is both times in its window. */
export function rateAt(schedule: RateSchedule, at: number): RateAt {
  if (schedule.windows.length === 0) return { rate: schedule.otherwise, until: Infinity };
  const minute = wallMinute(schedule.zone, at);
  const found = schedule.windows.find((window) => holds(window, minute));
  // Windows begin, and zones change their offset, at whole minutes.
  return { rate: found?.rate ?? schedule.otherwise, until: (Math.floor(at / 60_000) + 1) * 60_000 };
}

/** Of a schedule that allows nothing outside its windows: `between 06:00 and 22:00 (Europe/Berlin)`. */
export function showHours({ windows, zone }: RateSchedule): string {
  const shown = windows.map(({ from, to }) => `${clockOf(to)} and ${clockOf(from)}`);
  return `between ${shown.join(", ")} (${zone})`;
}

function clockOf(minute: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function holds({ from, to }: RateWindow, minute: number): boolean {
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function wallMinute(zone: string, at: number): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    const how = { timeZone: zone, hourCycle: "h23", hour: "2-digit", minute: "2-digit" } as const;
    clock = new Intl.DateTimeFormat("en-GB", how);
    clocks.set(zone, clock);
  }
  const [hour = "0", minute = "0"] = clock.format(at).split(":");
  return Number(hour) * 60 + Number(minute);
}

function minuteOf(hour: string | undefined, minute: string | undefined, text: string): number {
  const minutes = Number(hour) * 60 + Number(minute);
  if (Number(minute) > 59 || minutes > 1440) throw bad(text, `${hour}:${minute} is no time of day`);
  return minutes;
}

function bytesPerSecond(rate: string, text: string): number {
  if (rate === "unlimited") return Infinity;
  const [, number, unit = "B"] = /^(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)\/s$/.exec(rate) ?? [];
  const bytes = Number(number) * (BYTES[unit] ?? NaN);
  if (!(bytes >= 1)) throw bad(text, `${JSON.stringify(rate)} is no rate`);
  return bytes;
}

function zoneOf(zone: string | undefined, text: string, needed: boolean): string {
  // Intl costs a few milliseconds: not where there is nothing to tell.
  if (zone === undefined)
    return needed ? new Intl.DateTimeFormat().resolvedOptions().timeZone : "UTC";
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    throw bad(text, `${zone} is no time zone`);
  }
}

function bad(text: string, why: string): BadRate {
  return new BadRate(
    `${JSON.stringify(text)} is no rate: ${why}. Expected "50MB/s", or windows such as "22:00-06:00=unlimited, 06:00-22:00=50MB/s @Europe/Berlin".`,
  );
}
