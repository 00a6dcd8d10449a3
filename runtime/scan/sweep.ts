import type { Candidate } from "../copy/work.ts";
import { inScope } from "../decide/filter.ts";
import type { TerminalState } from "../ledger/entry.ts";
import type { ListedObject } from "../stores/contract.ts";
import type { Batch, Extra } from "./batch.ts";
import { pastCap, type Cap } from "./cap.ts";
import { freshCheckpoint, loadCheckpoint, saveCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { mergesOf, type Comparison } from "./comparison.ts";
import { Frontier, type Slice } from "./frontier.ts";
import {
  addSum,
  addTally,
  newProgress,
  newTally,
  type SweepProgress,
  type Tally,
} from "./progress.ts";
import { countingTo, newPart, type Part } from "./part.ts";
import { Shards, type Shard } from "./shards.ts";
import { Slots } from "./slots.ts";
import { Spool, type ScanStore } from "./spool.ts";

export interface SweepOptions extends Comparison {
  /**
   * Brings one key to a terminal state and records it. A rejection ends the sweep, which can go on later: trouble with a single object is an outcome
   * (`troubled`). A candidate without `source` is a key that only the target has, to be deleted if that is still so.
   */
  readonly settle: (candidate: Candidate) => Promise<{ readonly state: TerminalState }>;
  /** Records keys that both listings show to be equal; resolves when there is room for more. */
  readonly unchanged: (objects: readonly ListedObject[]) => Promise<void> | void;
  /** Resolves when all that was recorded before is durable. Only then a checkpoint says so. */
  readonly durable?: () => Promise<void>;
  /** How many keys are settled at once; may change as it goes on. */
  readonly objects?: number | (() => number);
  /** How many ranges are listed at once, at most. */
  readonly width?: number;
  /** Where the checkpoint and the list of deletions are kept. */
  readonly store: ScanStore;
  /** Put before the names of what is kept there; empty or ending in a slash. */
  readonly storePrefix?: string;
  readonly cap?: Cap | undefined;
  readonly progress?: SweepProgress;
  /** How often a checkpoint is written, in milliseconds. */
  readonly checkpointMs?: number;
  /** Told of each checkpoint that could not be written; the next one may. */
  readonly onTrouble?: (error: unknown) => void;
}

export interface SweepResult {
  readonly tally: Tally;
  readonly deletions: {
    /** Keys that only the target has and this pipeline has written. */
    readonly wanted: number;
    /** Why none of them was deleted; undefined: they were settled. */
    readonly held: string | undefined;
    /** The keys, a part at a time. */
    readonly keys: () => AsyncIterable<readonly string[]>;
  };
}

const OBJECTS = 512;
const CHECKPOINT_MS = 5_000;

/** Compares all keys, settles what differs and, where deletes are mirrored, deletes what the source no longer has: last, and under a cap. */
export async function sweep(options: SweepOptions): Promise<SweepResult> {
  return new Sweep(options, await resumed(options)).run();
}

async function resumed(options: SweepOptions): Promise<Checkpoint> {
  const { store, storePrefix = "", signal } = options;
  const scan = nameOf(options);
  const found = await loadCheckpoint(store, storePrefix, scan, signal);
  return found ?? freshCheckpoint(scan);
}

function nameOf({ source, target, prefix, strip }: Comparison): string {
  return JSON.stringify([source.label, prefix, strip ?? "", target.store.label, target.prefix]);
}

class Sweep {
  readonly #options: SweepOptions;
  readonly #progress: SweepProgress;
  readonly #slots: Slots;
  readonly #spool: Spool;
  readonly #frontier: Frontier<Part>;
  /** Of what has been passed: what a checkpoint may say. */
  readonly #passed = newTally();
  #shards: Shards | undefined;
  #left: Checkpoint["left"];
  #deleted: number;

  constructor(options: SweepOptions, from: Checkpoint) {
    const { store, storePrefix = "", signal, objects = OBJECTS } = options;
    this.#options = options;
    this.#progress = options.progress ?? newProgress();
    this.#slots = new Slots(objects, signal);
    this.#spool = new Spool(store, storePrefix, signal, from.spool);
    this.#left = from.left;
    this.#deleted = from.deleted;
    addTally(this.#passed, from.tally);
    addTally(this.#progress, from.tally);
    this.#progress.deletions = from.spool.keys;
    this.#frontier = new Frontier(countingTo(this.#passed, this.#spool));
  }

  async run(): Promise<SweepResult> {
    const stopSaving = this.#saveNowAndThen();
    try {
      if (this.#left.length > 0) await this.#list(this.#left);
      this.#progress.listed = true;
      await this.#slots.done();
    } finally {
      await stopSaving();
    }
    this.#left = [];
    await this.#save();
    const wanted = this.#spool.keys;
    const held = pastCap(wanted, this.#passed.names, this.#options.cap ?? {});
    if (held === undefined) await this.#delete();
    await this.#save("done");
    return { tally: this.#passed, deletions: { wanted, held, keys: () => this.#spool.read() } };
  }

  async #list(spans: Checkpoint["left"]): Promise<void> {
    const { prefix, width } = this.#options;
    const shards = new Shards({
      prefix,
      spans,
      open: mergesOf(this.#options),
      begun: (shard) => this.#frontier.begin(shard),
      take: (batch, shard) => this.#take(batch, shard),
      ended: (shard) => this.#frontier.end(shard),
      ...(width === undefined ? {} : { width }),
    });
    this.#shards = shards;
    try {
      await shards.run();
    } finally {
      // Whatever runs still must not write into what the caller takes for ended.
      await this.#slots.done();
    }
  }

  /** Pending until all of the batch has been begun: so the listing is never far ahead of the copying. */
  async #take(batch: Batch, shard: Shard): Promise<void> {
    const { unchanged, candidates, extras } = batch;
    const part = newPart();
    const slice = this.#frontier.add(shard, batch.upTo, part);
    this.#count(part, batch);
    this.#progress.ranges = this.#shards?.width ?? 0;
    if (unchanged.length > 0) await this.#options.unchanged(unchanged);
    for (const candidate of candidates) {
      const begun = this.#begin(
        shard,
        slice,
        () => this.#options.settle(candidate),
        ({ state }) => this.#settled(part, candidate, state),
      );
      if (begun !== undefined) await begun;
    }
    if (this.#options.policy.deletes === "mirror") await this.#takeExtras(shard, slice, extras);
    this.#close(shard, slice);
  }

  #count({ tally }: Part, batch: Batch): void {
    const { unchanged, candidates, extras, unchangedBytes, names } = batch;
    const bytes = candidates.reduce((sum, { source }) => sum + source.size, unchangedBytes);
    for (const to of [tally, this.#progress]) {
      addSum(to.found, unchanged.length + candidates.length, bytes);
      addSum(to.states.unchanged, unchanged.length, unchangedBytes);
      to.names += names;
      to.extras += extras.length;
    }
  }

  #begin<T>(
    shard: Shard,
    slice: Slice<Part>,
    work: () => Promise<T>,
    done?: (result: T) => void,
  ): Promise<void> | undefined {
    slice.content.open += 1;
    return this.#slots.start(() => {
      this.#progress.inFlight += 1;
      return work().then(
        (result) => {
          this.#progress.inFlight -= 1;
          done?.(result);
          this.#close(shard, slice);
        },
        (error: unknown) => {
          this.#progress.inFlight -= 1;
          throw error;
        },
      );
    });
  }

  #close(shard: Shard, slice: Slice<Part>): void {
    slice.content.open -= 1;
    if (slice.content.open === 0) this.#frontier.settle(shard, slice);
  }

  #settled({ tally }: Part, { source }: Batch["candidates"][number], state: TerminalState): void {
    addSum(tally.states[state], 1, source.size);
    addSum(this.#progress.states[state], 1, source.size);
  }

  async #takeExtras(shard: Shard, slice: Slice<Part>, extras: readonly Extra[]): Promise<void> {
    const { policy } = this.#options;
    for (const extra of extras) {
      const { key, target } = extra;
      if (key === undefined || !inScope(key, policy.scope).in) continue;
      const { marks, marksAre } = target;
      if (marksAre === "seen" && marks?.writer !== policy.writer) continue;
      if (marksAre === "seen" && extra.absence === "seen") this.#mark(slice.content, key);
      else {
        const begun = this.#begin(shard, slice, () => this.#lookAtExtra(slice.content, key, extra));
        if (begun !== undefined) await begun;
      }
    }
    if (this.#spool.full) await this.#spool.flush();
  }

  /** What the listings could not show: whose it is, and whether the source has it. */
  async #lookAtExtra(part: Part, key: string, { target, absence }: Extra): Promise<void> {
    const { source, target: placed, policy, signal } = this.#options;
    if (absence === "unseen" && (await source.look(key, signal)).state === "present") return;
    if (target.marksAre === "unseen") {
      const side = await placed.store.look(target.name, signal);
      if (side.state === "absent" || side.marks?.writer !== policy.writer) return;
    }
    this.#mark(part, key);
  }

  #mark(part: Part, key: string): void {
    part.deletions.push(key);
    this.#progress.deletions += 1;
  }

  async #delete(): Promise<void> {
    for await (const keys of this.#spool.read(this.#deleted)) {
      for (const key of keys) {
        const begun = this.#slots.start(async () => {
          const { state } = await this.#options.settle({ key });
          // Anything else is no end of a key that the source has.
          if (state !== "deleted") return;
          for (const to of [this.#passed, this.#progress]) addSum(to.states.deleted, 1, 0);
        });
        if (begun !== undefined) await begun;
      }
      await this.#slots.done();
      this.#deleted += keys.length;
      await this.#save();
    }
  }

  #saveNowAndThen(): () => Promise<void> {
    const { checkpointMs = CHECKPOINT_MS, onTrouble } = this.#options;
    let saving: Promise<void> | undefined;
    const timer = setInterval(() => {
      saving ??= this.#save()
        .catch((error: unknown) => onTrouble?.(error))
        .finally(() => (saving = undefined));
    }, checkpointMs);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await saving;
    };
  }

  /** What is passed at this moment, once all of it is durable. */
  async #save(end?: "done"): Promise<void> {
    const { store, storePrefix = "", durable, signal } = this.#options;
    const checkpoint = {
      v: 1,
      scan: nameOf(this.#options),
      left: this.#shards === undefined ? this.#left : this.#whatIsLeft(),
      tally: structuredClone(this.#passed),
      deleted: this.#deleted,
      done: end === "done",
    } as const;
    const spool = await this.#spool.flush();
    await durable?.();
    await saveCheckpoint(store, storePrefix, { ...checkpoint, spool }, signal);
  }

  #whatIsLeft(): Checkpoint["left"] {
    return [...this.#frontier.left(), ...(this.#shards?.waiting ?? [])];
  }
}
