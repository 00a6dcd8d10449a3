/** Kinds of requests that take a like time: by direction and by size in powers of two. */
const SLOTS = 128;

/** For how long the least latency seen counts as what a request takes without a queue, in milliseconds. */
const MEMORY_MS = 30_000;

/** Fewer answers than this say nothing of a kind's mean. */
const ENOUGH = 4;

/** The slot of a request: `kind` 0 to 3, `bytes` that travelled. */
export function slotOf(kind: number, bytes: number): number {
  return (kind << 5) | (31 - Math.clz32(bytes | 1));
}

/**
 * How much longer answers take than they need. Compared kind by kind, so that a mix of sizes is no noise; by the mean of many answers, so that the
 * one that came through between two turns of a busy event loop does not make all others look slow.
 */
export class Latency {
  readonly #sum = new Float64Array(SLOTS);
  readonly #count = new Uint32Array(SLOTS);
  readonly #touched: number[] = [];
  /** Least means, of this half of the memory and of the half before. */
  #least = new Float64Array(SLOTS).fill(Infinity);
  #before = new Float64Array(SLOTS).fill(Infinity);
  #halfSince = -Infinity;

  add(slot: number, ms: number): void {
    if (this.#count[slot] === 0) this.#touched.push(slot);
    this.#count[slot] = (this.#count[slot] ?? 0) + 1;
    this.#sum[slot] = (this.#sum[slot] ?? 0) + ms;
  }

  /** What was added since the last time, against the least of the recent past: 1 is no queue, 2 twice as long. Undefined: too few to say. */
  take(now: number): number | undefined {
    this.#age(now);
    let took = 0;
    let needed = 0;
    for (const slot of this.#touched) {
      const count = this.#count[slot] ?? 0;
      const sum = this.#sum[slot] ?? 0;
      if (count >= ENOUGH) {
        const mean = sum / count;
        if (mean < (this.#least[slot] ?? Infinity)) this.#least[slot] = mean;
        took += sum;
        needed += count * Math.min(this.#least[slot] ?? Infinity, this.#before[slot] ?? Infinity);
      }
      this.#count[slot] = 0;
      this.#sum[slot] = 0;
    }
    this.#touched.length = 0;
    return needed > 0 ? took / needed : undefined;
  }

  /** Drops what was added since the last time. */
  drop(): void {
    for (const slot of this.#touched) {
      this.#count[slot] = 0;
      this.#sum[slot] = 0;
    }
    this.#touched.length = 0;
  }

  #age(now: number): void {
    if (now - this.#halfSince < MEMORY_MS / 2) return;
    [this.#before, this.#least] = [this.#least, this.#before.fill(Infinity)];
    this.#halfSince = now;
  }
}
