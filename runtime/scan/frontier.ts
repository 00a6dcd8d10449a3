import type { Shard, Span } from "./shards.ts";

/** A batch whose keys are being settled. */
export interface Slice<T> {
  readonly upTo: string | undefined;
  readonly content: T;
  settled: boolean;
}

interface Line<T> {
  readonly shard: Shard;
  /** In the order of their keys. */
  readonly slices: Slice<T>[];
  after: string | undefined;
  listed: boolean;
}

/**
 * How far each shard has come: its slices settle in any order, but only what has no unsettled slice before it is passed. What is not passed is
 * what a scan that dies has to do again.
 */
export class Frontier<T> {
  readonly #lines = new Map<number, Line<T>>();
  readonly #passed: (content: T) => void;

  /** `passed` is told of each slice, when it and all before it in its shard have settled. */
  constructor(passed: (content: T) => void) {
    this.#passed = passed;
  }

  begin(shard: Shard): void {
    this.#lines.set(shard.id, { shard, slices: [], after: shard.span.after, listed: false });
  }

  add(shard: Shard, upTo: string | undefined, content: T): Slice<T> {
    const slice = { upTo, content, settled: false };
    this.#lines.get(shard.id)?.slices.push(slice);
    return slice;
  }

  settle(shard: Shard, slice: Slice<T>): void {
    slice.settled = true;
    this.#advance(this.#lines.get(shard.id));
  }

  /** The shard has no further slices. */
  end(shard: Shard): void {
    const line = this.#lines.get(shard.id);
    if (line === undefined) return;
    line.listed = true;
    this.#advance(line);
  }

  /** What is not passed. */
  left(): Span[] {
    return [...this.#lines.values()].map(({ shard, after }) => ({ after, upTo: shard.span.upTo }));
  }

  #advance(line: Line<T> | undefined): void {
    if (line === undefined) return;
    for (let [first] = line.slices; first?.settled === true; [first] = line.slices) {
      line.slices.shift();
      line.after = first.upTo ?? line.after;
      this.#passed(first.content);
    }
    if (line.listed && line.slices.length === 0) this.#lines.delete(line.shard.id);
  }
}
