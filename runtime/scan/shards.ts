import { performance } from "node:perf_hooks";
import type { KeyRange } from "../stores/contract.ts";
import type { Batch } from "./batch.ts";
import type { Merge } from "./merge.ts";
import { Alphabet, splitPoint } from "./split.ts";

/** Keys after `after` (excluded) up to `upTo` (included). */
export interface Span {
  readonly after: string | undefined;
  readonly upTo: string | undefined;
}

export interface ShardsOptions {
  readonly prefix: string;
  /** What is to be listed; together they cover what is left of the prefix. Default: all of it. */
  readonly spans?: readonly Span[];
  readonly open: (range: KeyRange) => Merge;
  /** Told of each shard before it is listed. */
  readonly begun?: (shard: Shard) => void;
  /** Given each batch; while it is pending, its shard is not read further. */
  readonly take: (batch: Batch, shard: Shard) => Promise<void> | void;
  /** Told when a shard's last batch has been taken. */
  readonly ended?: (shard: Shard) => void;
  /** How many ranges are listed at once, at most. */
  readonly width?: number;
  /** What a shard must have waited for its last page before it is divided, in milliseconds: listing in parallel hides latency, nothing else. */
  readonly slowMs?: number;
  /** Whether the process has no time for more listings. Default: told by the event loop's utilization. */
  readonly busy?: () => boolean;
}

/** A range that is being listed. It is divided while it runs: then its end comes nearer. */
export interface Shard {
  readonly id: number;
  readonly span: Span;
}

/** Each holds a page or two of both sides. With 40 ms to each answer, so many keep one core busy. */
const WIDTH = 8;
const SLOW_MS = 20;
/** Above this share of its time the process is busy, and more listings would only wait for it. */
const BUSY = 0.9;
/** How long the share of busy time is measured over. */
const BUSY_WINDOW_MS = 25;

interface Running extends Shard {
  readonly merge: Merge;
  /** The first key of its latest batch. */
  recent: string | undefined;
  /** See `Rest`: while the end of the range has not been felt for. */
  origin: string | undefined;
  /** Batches since it was last divided. */
  batches: number;
  waitedMs: number;
  lastWaitMs: number;
  /** Parts split off in a row that turned out empty. */
  barren: number;
  parent: Running | undefined;
}

/**
 * Lists key ranges in parallel, as many as it takes to hide the latency of listings. It begins with one; whenever there is room and a range makes
 * its reader wait, the rest of that range is divided, at a point that the keys seen so far suggest. A wrong guess costs one request on each side.
 */
export class Shards {
  readonly #options: ShardsOptions;
  readonly #running = new Set<Running>();
  readonly #waiting: Span[];
  readonly #alphabet = new Alphabet();
  readonly #ends = new Set<Promise<void>>();
  #ids = 0;
  #failure: { readonly error: unknown } | undefined;
  readonly #busy: () => boolean;

  constructor(options: ShardsOptions) {
    this.#options = options;
    this.#busy = options.busy ?? busyLoop();
    this.#waiting = [...(options.spans ?? [{ after: undefined, upTo: undefined }])];
  }

  /** How many ranges are being listed. */
  get width(): number {
    return this.#running.size;
  }

  /** Ranges that nobody has begun to list. */
  get waiting(): readonly Span[] {
    return this.#waiting;
  }

  /** Resolves when every batch has been taken; rejects, when all has come to rest, with what first went wrong. */
  async run(): Promise<void> {
    this.#fill();
    while (this.#ends.size > 0) await Promise.race(this.#ends);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #fill(): void {
    const { width = WIDTH } = this.#options;
    while (this.#running.size < width && this.#failure === undefined) {
      const span = this.#waiting.shift();
      if (span !== undefined) this.#start(span, undefined);
      else if (!this.#divide()) return;
    }
  }

  #start(span: Span, parent: Running | undefined): void {
    const { open, prefix } = this.#options;
    const merge = open({ prefix, ...span });
    const shard: Running = {
      id: (this.#ids += 1),
      merge,
      get span() {
        return { after: span.after, upTo: merge.upTo };
      },
      recent: undefined,
      origin: parent?.origin,
      batches: 0,
      waitedMs: 0,
      lastWaitMs: 0,
      barren: 0,
      parent,
    };
    this.#running.add(shard);
    this.#options.begun?.(shard);
    const end = this.#list(shard).finally(() => {
      this.#running.delete(shard);
      this.#ends.delete(end);
      this.#fill();
    });
    this.#ends.add(end);
  }

  async #list(shard: Running): Promise<void> {
    const { merge } = shard;
    try {
      for (let batch = await merge.next(); batch !== undefined; batch = await merge.next()) {
        if (this.#failure !== undefined) return;
        this.#learn(shard, batch);
        this.#fill();
        await this.#options.take(batch, shard);
      }
      if (shard.recent === undefined) wasBarren(shard.parent);
      this.#options.ended?.(shard);
    } catch (error) {
      this.#failure ??= { error };
      await Promise.all([...this.#running].map((running) => running.merge.end()));
    } finally {
      await merge.end();
    }
  }

  #learn(shard: Running, batch: Batch): void {
    const { merge, parent } = shard;
    const first = firstKey(batch);
    if (first !== undefined) this.#alphabet.learn(first);
    if (merge.reached !== undefined) this.#alphabet.learn(merge.reached);
    if (shard.recent === undefined && first !== undefined) {
      if (parent === undefined) shard.origin = first;
      else parent.barren = 0;
    }
    shard.recent = first ?? shard.recent;
    shard.batches += 1;
    shard.lastWaitMs = merge.waitedMs - shard.waitedMs;
    shard.waitedMs = merge.waitedMs;
  }

  /** How many batches a shard is left alone for: more each time, when what is split off it turns out empty over and over. */
  #restOf({ barren }: Running): number {
    const { width = WIDTH } = this.#options;
    // In the beginning there is a process to be kept busy; later a division is only worth its requests where much is left.
    const usual = this.#ids < 2 * width ? 1 : 2;
    return barren < 6 ? usual : 2 ** (barren - 5);
  }

  /** Divides the range that has been listed longest without being divided. False: there is none to divide. */
  #divide(): boolean {
    if (this.#busy()) return false;
    const { slowMs = SLOW_MS, prefix } = this.#options;
    const shards = [...this.#running]
      .filter((shard) => shard.batches >= this.#restOf(shard) && shard.lastWaitMs >= slowMs)
      .filter(({ merge }) => !merge.fetched && !merge.disordered)
      .sort((a, b) => b.batches - a.batches);
    for (const shard of shards) {
      const { reached, upTo } = shard.merge;
      if (reached === undefined) continue;
      const { origin } = shard;
      shard.batches = 0;
      const point = splitPoint({ prefix, origin, reached, upTo }, this.#alphabet);
      if (point === undefined) continue;
      shard.merge.narrow(point);
      this.#start({ after: point, upTo }, shard);
      shard.origin = undefined;
      return true;
    }
    return false;
  }
}

/** Tells whether the event loop was busy nearly all the time of late. */
function busyLoop(): () => boolean {
  let load = performance.eventLoopUtilization();
  let at = performance.now();
  let busy = false;
  return () => {
    const now = performance.now();
    if (now - at < BUSY_WINDOW_MS) return busy;
    busy = performance.eventLoopUtilization(load).utilization > BUSY;
    load = performance.eventLoopUtilization();
    at = now;
    return busy;
  };
}

/** Twice in a row: its keys lie close together, the middle of what is left is far beyond them. */
function wasBarren(parent: Running | undefined): void {
  if (parent === undefined) return;
  parent.barren += 1;
  if (parent.barren >= 2) parent.origin = parent.recent;
}

function firstKey({ unchanged, candidates, extras }: Batch): string | undefined {
  return unchanged[0]?.key ?? candidates[0]?.key ?? extras[0]?.key;
}
