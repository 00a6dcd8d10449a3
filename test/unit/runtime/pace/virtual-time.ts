/** Time that passes only when everything that could happen now has happened. */
export class VirtualTime {
  #now = 0;
  readonly #heap: { at: number; order: number; act: () => void }[] = [];
  #order = 0;

  readonly now = (): number => this.#now;

  at(ms: number, act: () => void): void {
    const heap = this.#heap;
    let index = heap.length;
    const item = { at: ms, order: this.#order++, act };
    heap.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(item, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = item;
  }

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => this.at(this.#now + Math.max(0, ms), resolve));

  /** Lets time pass until then. */
  async run(until: number): Promise<void> {
    await drained();
    while (this.#heap.length > 0 && this.#heap[0]!.at <= until) {
      this.#now = Math.max(this.#now, this.#heap[0]!.at);
      while (this.#heap.length > 0 && this.#heap[0]!.at <= this.#now) this.#pop().act();
      await drained();
    }
    this.#now = until;
  }

  #pop(): { act: () => void } {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return top;
  }
}

function before(a: { at: number; order: number }, b: { at: number; order: number }): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** All promises that could settle have settled. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
