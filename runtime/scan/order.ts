/** Compares strings by their UTF-8 bytes, as S3 orders keys, without encoding them. Negative: `a` comes first. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates (beyond U+FFFF) before U+E000 to U+FFFF, UTF-8 after them; all else is in the same order. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** True where the orders of UTF-8 and UTF-16 may differ for the string: some clouds keep the one, some the other. */
export function hasSurrogates(text: string): boolean {
  return /[\uD800-\uDFFF]/.test(text);
}

export function commonPrefix(a: string, b: string): string {
  const shared = Math.min(a.length, b.length);
  let at = 0;
  while (at < shared && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return a.slice(0, at);
}

/** The least string that can be written after all that begin with `prefix`; undefined when there is none that is fit for a boundary. */
export function successor(prefix: string): string | undefined {
  for (let at = prefix.length - 1; at >= 0; at -= 1) {
    const next = prefix.charCodeAt(at) + 1;
    // Not among control characters, DEL and surrogates: not every server takes them, nor keeps their order.
    if (next > 0x20 && next !== 0x7f && next < 0xd800) {
      return prefix.slice(0, at) + String.fromCharCode(next);
    }
  }
  return undefined;
}
