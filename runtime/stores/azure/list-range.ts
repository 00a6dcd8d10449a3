import type { KeyRange } from "../contract.ts";

/** What one listing is asked for. */
export interface Span {
  readonly prefix: string;
  /** Included; only where the service can begin anywhere. */
  readonly startFrom?: string;
}

/** More spans than this cost more requests than what lies outside the range. */
const MOST_SPANS = 64;

/** In the order of the names' UTF-8 bytes: that of UTF-16, but characters beyond it come last, as their surrogates do not. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

export function inRange(name: string, range: KeyRange): boolean {
  if (!name.startsWith(range.prefix)) return false;
  if (range.after !== undefined && compareNames(name, range.after) <= 0) return false;
  return range.upTo === undefined || compareNames(name, range.upTo) <= 0;
}

/** The range as one listing that begins at it. What lies behind it, and `after` itself, is for the caller to leave out. */
export function fromPoint(range: KeyRange): Span {
  const { after } = range;
  const prefix = commonPrefix(range);
  return after === undefined || compareNames(after, prefix) <= 0
    ? { prefix }
    : { prefix, startFrom: after };
}

/**
 * The range as listings by prefix alone, in order: by what all its names begin with, and where that leaves few ASCII characters between the bounds, by each of those.
 * No order of a listing is relied on. What lies outside of the range is for the caller to leave out.
 */
export function byPrefixes(range: KeyRange): readonly Span[] {
  const { after, upTo } = range;
  const prefix = commonPrefix(range);
  // A bound beyond what all names begin with bounds nothing: NaN.
  const first = after?.startsWith(prefix) === true ? after.charCodeAt(prefix.length) : NaN;
  const last = upTo?.startsWith(prefix) === true ? upTo.charCodeAt(prefix.length) : NaN;
  // A bound that ends here, or goes on beyond ASCII, leaves characters that cannot be told one by one.
  if (!(first < 0x80 && last < 0x80 && last - first < MOST_SPANS)) return [{ prefix }];
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    prefix: prefix + String.fromCharCode(first + index),
  }));
}

/** What every name in the range begins with. */
function commonPrefix({ prefix, after = "", upTo = "" }: KeyRange): string {
  let length = 0;
  while (length < after.length && after.charCodeAt(length) === upTo.charCodeAt(length)) length += 1;
  // Half a character is none.
  if (isSurrogate(after.charCodeAt(length - 1)) || isSurrogate(after.charCodeAt(length))) {
    length = Math.max(0, length - 2);
  }
  return length > prefix.length && after.startsWith(prefix) ? after.slice(0, length) : prefix;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
