import { commonPrefix, successor } from "./order.ts";

/** The characters that keys are made of, as far as seen, and of which kind they are at each position: ranges are divided between these. */
export class Alphabet {
  readonly #seen = new Uint8Array(0x80);
  readonly #kinds = new Uint8Array(1024);

  learn(key: string): void {
    for (let at = 0; at < key.length; at += 1) {
      const unit = key.charCodeAt(at);
      if (unit < 0x20 || unit >= 0x7f) continue;
      this.#seen[unit] = 1;
      if (at < this.#kinds.length) this.#kinds[at] = (this.#kinds[at] ?? 0) | kindOf(unit);
    }
  }

  /** The middle one of those between both, which are excluded, that are likely at the position. */
  between(low: number, high: number, at: number): number | undefined {
    const found: number[] = [];
    for (let unit = Math.max(0x20, low + 1); unit < Math.min(0x7f, high); unit += 1) {
      const likely = ((this.#kinds[at] ?? 0) & kindOf(unit)) !== 0;
      if (likely && this.#seen[unit] === 1) found.push(unit);
    }
    return found[found.length >> 1];
  }
}

/** Digits, the letters of hexadecimal numbers, other letters, and the rest, as bits. */
function kindOf(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return 1;
  if (unit >= 0x61 && unit <= 0x7a) return unit <= 0x66 ? 2 : 4;
  return unit >= 0x41 && unit <= 0x5a ? 8 : 16;
}

/** What is left of a range of keys that is being listed. */
export interface Rest {
  /** Every key of it begins with it. */
  readonly prefix: string;
  /** Up to where it has been fetched. */
  readonly reached: string;
  /** The last key of the range; undefined: all that begin with the prefix. */
  readonly upTo: string | undefined;
  /** An early key of it, where the end of the range is far from its last key, or may be. */
  readonly origin: string | undefined;
}

/**
 * Where to divide the rest of a range: the lower part is up to the point, included. With an origin: after all keys that share what those between it
 * and here have in common; repeated, that steps over folders, months, years in turn. Else in the middle of the characters that may follow.
 */
export function splitPoint(rest: Rest, alphabet: Alphabet): string | undefined {
  return [beyondShared(rest), middle(rest, alphabet)].find((point) => fits(point, rest));
}

function fits(point: string | undefined, { prefix, reached, upTo }: Rest): boolean {
  // Below U+D800 the orders of UTF-8 and UTF-16 are the same: every cloud divides its names at such a point alike.
  if (point === undefined || /[\uD800-\uFFFF]/.test(point)) return false;
  return point.startsWith(prefix) && point > reached && (upTo === undefined || point < upTo);
}

function beyondShared({ prefix, origin, reached }: Rest): string | undefined {
  if (origin === undefined) return undefined;
  const shared = commonPrefix(origin, reached);
  return shared.length > prefix.length ? successor(shared) : undefined;
}

/** No character: past the last one of any key. */
const TOP = 0x10000;
/** Deeper below what is shared, a part would be too small to be worth a listing. */
const DEEPEST = 6;

function middle(rest: Rest, alphabet: Alphabet): string | undefined {
  const { reached: low, upTo: high } = rest;
  const shared = high === undefined ? rest.prefix.length : commonPrefix(low, high).length;
  let ceiling = high === undefined ? TOP : unitAt(high, shared);
  for (let at = shared; at <= Math.min(shared + DEEPEST, low.length); at += 1) {
    const floor = unitAt(low, at);
    const unit = alphabet.between(floor, ceiling, at);
    if (unit !== undefined) return low.slice(0, at) + String.fromCharCode(unit);
    // No character lies between: the branches of both are divided where the upper one begins.
    if (at === shared && high !== undefined && high.length > at + 1 && floor < ceiling) {
      return high.slice(0, at + 1);
    }
    ceiling = TOP;
  }
  return undefined;
}

function unitAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0;
}
