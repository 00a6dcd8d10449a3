import { inScope } from "../../decide/filter.ts";
import type { PlacedTarget } from "../../copy/work.ts";
import type { Batch, Extra } from "../batch.ts";
import { mergesOf } from "../comparison.ts";
import { Frontier, type Slice } from "../frontier.ts";
import { addSum, addTally, newTally } from "../progress.ts";
import { countingTo, newPart, type Part } from "../part.ts";
import { Shards, type Shard, type Span } from "../shards.ts";
import { Slots } from "../slots.ts";
import { Spool } from "../spool.ts";
import { packSlice, SliceWriter } from "./slices.ts";
import { folderOf, sliceName, type Leg } from "./state.ts";
import { SLICE, type FleetOptions } from "./tools.ts";

/** Looks at extras that are under way at once. */
const LOOKS = 16;

export interface LegOptions extends FleetOptions {
  readonly scan: string;
  readonly attempt: number;
  readonly number: number;
  readonly target: PlacedTarget;
  readonly leg: Leg;
}

/** Lists what is left of one target's part of a scan: writes slices and sends their messages, records what is unchanged, notes what is to be deleted. */
export class LegListing {
  readonly #options: LegOptions;
  readonly #writer: SliceWriter;
  readonly #spool: Spool;
  readonly #looks: Slots;
  readonly #frontier: Frontier<Part>;
  readonly #tally = newTally();
  #shards: Shards | undefined;
  readonly #left: readonly Span[];
  /** All that was recorded is. */
  #durable: Promise<unknown> = Promise.resolve();
  #taking = 0;
  /** Called when nothing is being taken. */
  #quiet: (() => void) | undefined;
  /** While it is pending, nothing may be taken. */
  #resting: Promise<undefined> | undefined;

  constructor(options: LegOptions) {
    const { leg, store, scan, number, signal, slice = SLICE } = options;
    this.#options = options;
    this.#left = leg.left;
    this.#writer = new SliceWriter(slice, (at, candidates) => this.#write(at, candidates));
    this.#spool = new Spool(store, `${folderOf(scan)}${number}-`, signal, leg.spool);
    this.#looks = new Slots(LOOKS, signal);
    addTally(this.#tally, leg.tally);
    this.#frontier = new Frontier(countingTo(this.#tally, this.#spool));
  }

  async run(): Promise<void> {
    const { source, target, policy, signal } = this.#options;
    const { prefix } = policy.scope;
    const shards = new Shards({
      prefix,
      spans: this.#left,
      open: mergesOf({ source, target, policy, prefix, signal }),
      begun: (shard) => this.#frontier.begin(shard),
      take: (batch, shard) => this.#take(batch, shard),
      ended: (shard) => this.#frontier.end(shard),
    });
    this.#shards = shards;
    try {
      await shards.run();
      await this.#writer.end();
      await this.#durable;
    } finally {
      await this.#looks.done();
    }
  }

  /**
   * The leg as it may be written down. Listing rests for the moment that it takes until all that was listed is durable and in slices: so no key is both in a
   * slice that counts and among what is left.
   */
  async save(): Promise<Leg> {
    const { leg, attempt } = this.#options;
    const resume = await this.#rest();
    try {
      await this.#writer.end();
      await this.#durable;
      await this.#looks.done();
      const spool = await this.#spool.flush();
      const others = leg.slices.filter((one) => one.attempt !== attempt);
      return {
        target: leg.target,
        left: this.#whatIsLeft(),
        tally: structuredClone(this.#tally),
        slices: [...others, { attempt, count: this.#writer.counted }],
        spool,
      };
    } finally {
      resume();
    }
  }

  /** Resolves when no batch is being taken, and none will be until the returned function is called. */
  async #rest(): Promise<() => void> {
    const rest = Promise.withResolvers<undefined>();
    this.#resting = rest.promise;
    if (this.#taking > 0) await new Promise<void>((resolve) => (this.#quiet = resolve));
    return () => {
      this.#resting = undefined;
      rest.resolve(undefined);
    };
  }

  #whatIsLeft(): readonly Span[] {
    if (this.#shards === undefined) return this.#left;
    return [...this.#frontier.left(), ...this.#shards.waiting];
  }

  async #take(batch: Batch, shard: Shard): Promise<void> {
    while (this.#resting !== undefined) await this.#resting;
    this.#taking += 1;
    try {
      await this.#takeNow(batch, shard);
    } finally {
      this.#taking -= 1;
      if (this.#taking === 0) this.#quiet?.();
    }
  }

  async #takeNow(batch: Batch, shard: Shard): Promise<void> {
    const { unchanged, candidates, extras, names } = batch;
    const part = newPart();
    const slice = this.#frontier.add(shard, batch.upTo, part);
    const bytes = candidates.reduce((sum, { source }) => sum + source.size, batch.unchangedBytes);
    addSum(part.tally.found, unchanged.length + candidates.length, bytes);
    addSum(part.tally.states.unchanged, unchanged.length, batch.unchangedBytes);
    part.tally.names = names;
    part.tally.extras = extras.length;
    if (unchanged.length > 0) await this.#record(batch, shard, slice);
    if (candidates.length > 0) {
      part.open += 1;
      await this.#writer.add(candidates, () => this.#close(shard, slice));
    }
    if (this.#options.policy.deletes === "mirror") await this.#takeExtras(shard, slice, extras);
    this.#close(shard, slice);
  }

  async #record({ unchanged }: Batch, shard: Shard, slice: Slice<Part>): Promise<void> {
    const { ledger, target, scan } = this.#options;
    slice.content.open += 1;
    // What is lost is listed again by whoever goes on.
    const durable = ledger.recordUnchanged({
      target: target.name,
      keys: unchanged.map(({ key }) => key),
      sizes: unchanged.map(({ size }) => size),
      run: scan,
    });
    const counted = durable.then(() => this.#close(shard, slice));
    counted.catch(() => undefined);
    this.#durable = Promise.all([this.#durable, counted]);
    this.#durable.catch(() => undefined);
    await ledger.room();
  }

  async #takeExtras(shard: Shard, slice: Slice<Part>, extras: readonly Extra[]): Promise<void> {
    const { policy } = this.#options;
    for (const extra of extras) {
      const { key, target } = extra;
      if (key === undefined || !inScope(key, policy.scope).in) continue;
      const { marks, marksAre } = target;
      if (marksAre === "seen" && marks?.writer !== policy.writer) continue;
      if (marksAre === "seen" && extra.absence === "seen") slice.content.deletions.push(key);
      else {
        slice.content.open += 1;
        const begun = this.#looks.start(async () => {
          if (await this.#isToDelete(key, extra)) slice.content.deletions.push(key);
          this.#close(shard, slice);
        });
        if (begun !== undefined) await begun;
      }
    }
  }

  async #isToDelete(key: string, { target, absence }: Extra): Promise<boolean> {
    const { source, target: placed, policy, signal } = this.#options;
    if (absence === "unseen" && (await source.look(key, signal)).state === "present") return false;
    if (target.marksAre === "seen") return true;
    const side = await placed.store.look(target.name, signal);
    return side.state === "present" && side.marks?.writer === policy.writer;
  }

  #close(shard: Shard, slice: Slice<Part>): void {
    slice.content.open -= 1;
    if (slice.content.open === 0) this.#frontier.settle(shard, slice);
  }

  async #write(at: number, candidates: Parameters<typeof packSlice>[0]): Promise<void> {
    const { store, send, scan, number, attempt, signal } = this.#options;
    const slice = sliceName(number, attempt, at);
    const name = `${folderOf(scan)}slices/${slice}.ndjson.zst`;
    await store.write(name, await packSlice(candidates), signal);
    await send({ causeway: "slice", scan, slice }, 0, signal);
  }
}
