import { randomBytes } from "node:crypto";

/** Crockford's base 32: sorts as the numbers do, and has no letters that are taken for digits. */
const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** An id that sorts by time: ten digits of milliseconds, ten of chance. `op_` + these names an operation. */
export function sortableId(prefix: string, now: Date = new Date()): string {
  let time = "";
  for (let rest = now.getTime(), i = 0; i < 10; i += 1, rest = Math.floor(rest / 32)) {
    time = (digits[rest % 32] ?? "0") + time;
  }
  const chance = [...randomBytes(10)].map((byte) => digits[byte % 32] ?? "0").join("");
  return `${prefix}_${time}${chance}`;
}
