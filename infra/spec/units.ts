import { z } from "zod";
import { BYTES, MILLISECONDS } from "../../runtime/units.ts";
import { expects } from "./explain.ts";

/*
 * Units are typed strings. They are checked once, at the edge; the brand then says that the conversion cannot
 * fail. They stay strings in the spec, so that a parsed spec parses again to itself and is shown as it was written.
 */

const DURATION = /^([1-9]\d{0,6})(s|m|h|d)$/;
const DURATION_RULE = 'a duration: a whole number and s, m, h or d, such as "15m"';

export const Duration = z
  .string(expects(DURATION_RULE))
  .regex(DURATION, expects(DURATION_RULE))
  .brand("Duration")
  .meta({
    id: "Duration",
    description: "A length of time.",
    examples: ["30s", "15m", "36h", "7d"],
  });
export type Duration = z.output<typeof Duration>;

export function milliseconds(duration: Duration): number {
  return scaled(DURATION, duration, MILLISECONDS);
}

const SIZE_UNIT = "B|KB|MB|GB|TB|KiB|MiB|GiB|TiB";
const SIZE = new RegExp(`^(\\d{1,9}(?:\\.\\d{1,3})?)(${SIZE_UNIT})$`);
const LARGEST = "9000TB";
const SIZE_RULE = 'a size: a number and B, KB, MB, GB, TB, KiB, MiB, GiB or TiB, such as "8MiB"';

export const Size = z
  .string(expects(SIZE_RULE))
  .regex(SIZE, expects(SIZE_RULE))
  .refine((text) => isExact(SIZE, text), expects(`${SIZE_RULE}, at most ${LARGEST}`))
  .brand("Size")
  .meta({ id: "Size", description: "A number of bytes.", examples: ["8MiB", "1.5GB", "0B"] });
export type Size = z.output<typeof Size>;

/** Bytes, rounded down to a whole one. */
export function bytes(size: Size): number {
  return Math.floor(scaled(SIZE, size, BYTES));
}

const RATE = new RegExp(`^(\\d{1,9}(?:\\.\\d{1,3})?)(${SIZE_UNIT})/s$`);
const RATE_RULE = 'a rate: a size and "/s", such as "50MB/s"';

export const Rate = z
  .string(expects(RATE_RULE))
  .regex(RATE, expects(RATE_RULE))
  .refine((text) => isExact(RATE, text), expects(`${RATE_RULE}, at most ${LARGEST}/s`))
  .brand("Rate")
  .meta({ id: "Rate", description: "Bytes per second.", examples: ["50MB/s"] });
export type Rate = z.output<typeof Rate>;

/** Bytes per second, rounded down to a whole one. */
export function bytesPerSecond(rate: Rate): number {
  return Math.floor(scaled(RATE, rate, BYTES));
}

/** A double counts bytes exactly up to 2^53. */
function isExact(form: RegExp, text: string): boolean {
  return scaled(form, text, BYTES) <= Number.MAX_SAFE_INTEGER;
}

function scaled(form: RegExp, text: string, factors: Readonly<Record<string, number>>): number {
  const [, number, unit] = form.exec(text) ?? [];
  const factor = unit === undefined ? undefined : factors[unit];
  if (number === undefined || factor === undefined) {
    throw new TypeError(
      `${JSON.stringify(text)} carries a unit's brand but was never checked; parse it with its schema.`,
    );
  }
  return Number(number) * factor;
}

const CAP_RULE = 'a cap: a whole number of objects such as 100, or a percentage such as "10%"';

/** How much may be deleted: a count of objects, or a share of those at the target. */
export const Cap = z
  .union(
    [
      z.int().positive(),
      z
        .string()
        .regex(/^(100|[1-9]?\d(\.\d{1,2})?)%$/, { abort: true })
        .refine((text) => Number.parseFloat(text) > 0),
    ],
    expects(CAP_RULE),
  )
  .meta({ id: "Cap", description: "A count of objects, or a percentage.", examples: [100, "10%"] });
export type Cap = z.output<typeof Cap>;

/** A cap as the runtime takes it. */
export function capOf(cap: Cap): { count: number } | { percent: number } {
  return typeof cap === "number" ? { count: cap } : { percent: Number.parseFloat(cap) };
}
