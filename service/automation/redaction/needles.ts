/** A part of a text, the end excluded. */
export type Range = readonly [start: number, end: number];

const BLOCK = 3;
/** Of a needle; a shorter one would be found in texts that have nothing to do with it. */
export const SHORTEST = 6;
const TABLE = 1 << 18;

/**
 * Finds any of many texts in one pass (Wu and Manber): most positions are skipped by looking at three characters, so the time hardly
 * grows with the number of needles.
 */
export class Needles {
  readonly #shift = new Uint8Array(TABLE).fill(SHORTEST - BLOCK + 1);
  readonly #candidates = new Map<number, string[]>();
  readonly #known = new Set<string>();

  /** One that is shorter than SHORTEST is left out. */
  add(needle: string): void {
    if (needle.length < SHORTEST || this.#known.has(needle)) return;
    this.#known.add(needle);
    const last = SHORTEST - BLOCK;
    for (let at = 0; at <= last; at++) {
      const hash = hashAt(needle, at);
      this.#shift[hash] = Math.min(this.#shift[hash] ?? 0, last - at);
    }
    const end = hashAt(needle, last);
    const there = this.#candidates.get(end);
    if (there === undefined) this.#candidates.set(end, [needle]);
    else there.push(needle);
  }

  /** Where needles stand, ordered by start; ranges may overlap. */
  rangesIn(text: string): Range[] {
    const found: Range[] = [];
    if (this.#known.size === 0) return found;
    for (let start = 0; start + SHORTEST <= text.length;) {
      const hash = hashAt(text, start + SHORTEST - BLOCK);
      const skip = this.#shift[hash] ?? 1;
      if (skip > 0) {
        start += skip;
        continue;
      }
      let longest = 0;
      for (const needle of this.#candidates.get(hash) ?? [])
        if (needle.length > longest && text.startsWith(needle, start)) longest = needle.length;
      if (longest > 0) found.push([start, start + longest]);
      start += 1;
    }
    return found;
  }
}

function hashAt(text: string, at: number): number {
  const mixed =
    text.charCodeAt(at) * 1_000_003 +
    text.charCodeAt(at + 1) * 8_191 +
    text.charCodeAt(at + 2) * 31;
  return mixed & (TABLE - 1);
}
