import { BYTES, MILLISECONDS } from "../runtime/units.ts";
import { BadUsage } from "./errors.ts";

/** `8MiB`, `1.5GB`, `100`: whole bytes. */
export function parseSize(text: string): number {
  const [, number, unit = "B"] = /^(\d+(?:\.\d+)?)\s*([KMGT]i?B|B)?$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (BYTES[unit] ?? NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new BadUsage(
    `${JSON.stringify(text)} is no size. Expected a number and B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, such as "8MiB".`,
  );
}

/** `90s`, `15m`, `36h`, `7d`: milliseconds. */
export function parseDuration(text: string): number {
  const [, number, unit = ""] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (MILLISECONDS[unit] ?? NaN);
  if (ms > 0) return ms;
  throw new BadUsage(
    `${JSON.stringify(text)} is no duration. Expected a whole number and s, m, h or d, such as "15m".`,
  );
}

/** A moment: `7d` means so long ago, else a date or a time as ISO 8601. Milliseconds since 1970. */
export function parseMoment(text: string, now: number): number {
  if (/^\d+[smhd]$/.test(text)) return now - parseDuration(text);
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new BadUsage(
    `${JSON.stringify(text)} is no moment. Expected how long ago, such as "7d", or a date such as "2026-01-31" or "2026-01-31T08:00:00Z".`,
  );
}

export type Cap = { readonly count: number } | { readonly percent: number };

/** `100` objects, or `10%` of those at the target. */
export function parseCap(text: string): Cap {
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent !== undefined && Number(percent) <= 100) return { percent: Number(percent) };
  if (/^\d{1,12}$/.test(text)) return { count: Number(text) };
  throw new BadUsage(
    `${JSON.stringify(text)} is no cap. Expected a number of objects such as 100, or a percentage such as "10%".`,
  );
}

export function parseCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new BadUsage(`${JSON.stringify(text)} is no count. Expected a whole number from 1.`);
}

/** `5`, `12.50`, `$5`: US dollars. */
export function parseDollars(text: string): number {
  const dollars = /^\$?(\d{1,9}(?:\.\d{1,4})?)$/.exec(text)?.[1];
  if (dollars !== undefined) return Number(dollars);
  throw new BadUsage(
    `${JSON.stringify(text)} is no amount. Expected US dollars such as "5" or "12.50".`,
  );
}

const DECIMAL = ["B", "kB", "MB", "GB", "TB", "PB"];

/** `1.5 GB`: three digits, decimal units as rates and bills have them. */
export function showBytes(bytes: number): string {
  let scaled = bytes;
  let unit = 0;
  while (scaled >= 999.5 && unit < DECIMAL.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${DECIMAL[unit] ?? ""}`;
}

/** `12,431`. */
export function showCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`. */
export function showDuration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
