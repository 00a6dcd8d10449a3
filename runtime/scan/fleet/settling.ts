import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { settle } from "../../copy/settle.ts";
import { troubled, waiting } from "../../copy/outcome.ts";
import type { Candidate, Outcome, PlacedTarget } from "../../copy/work.ts";
import { isPatient, retryClass } from "../../decide/retry.ts";
import { CloudError, Interrupted, Postponed } from "../../errors.ts";
import { heldDeletion } from "../held-deletion.ts";
import { addSum, newTally, type Tally } from "../progress.ts";
import { Slots } from "../slots.ts";
import { doneFolder, doneName } from "./done.ts";
import { unpackSlice } from "./slices.ts";
import { folderOf, type partsOfSlice } from "./state.ts";
import type { FleetOptions } from "./tools.ts";

const decompress = promisify(zstdDecompress);

/** How often a key whose trouble may pass is tried by the worker that has the slice. */
const ROUNDS = 3;

export interface SliceWork {
  readonly scan: string;
  readonly slice: string;
  readonly parts: NonNullable<ReturnType<typeof partsOfSlice>>;
  readonly target: PlacedTarget;
  /** How often the slice's message has been received, this time included. */
  readonly received: number;
  /** Why a slice of deletions is only written down. */
  readonly held: string | undefined;
}

/** `again`: some keys have trouble that may pass, the slice must come again. `unknown`: no such slice was written. */
export type SliceEnd = "done" | "again" | "unknown";

/** Settles the keys of a slice and notes, when all of it is in the ledger, that it is done. Throws `Postponed` where it must wait for its time. */
export class SliceSettling {
  readonly #options: FleetOptions;
  readonly #work: SliceWork;
  readonly #tally: Tally = newTally();
  readonly #startedAt: Date;
  #durable: Promise<unknown> = Promise.resolve();
  #again = false;
  /** Why nothing more of it may be copied now. */
  #postponed: Postponed | undefined;

  constructor(options: FleetOptions, work: SliceWork) {
    this.#options = options;
    this.#work = work;
    this.#startedAt = new Date(options.now?.() ?? Date.now());
  }

  async run(): Promise<SliceEnd> {
    const { store, objects, signal } = this.#options;
    const { scan, slice } = this.#work;
    if (await this.#isDone()) return "done";
    const candidates = await this.#candidates();
    if (candidates === undefined) return "unknown";
    const slots = new Slots(objects, signal);
    try {
      for (const candidate of candidates) {
        if (this.#postponed !== undefined) break;
        const begun = slots.start(() => this.#settle(candidate));
        if (begun !== undefined) await begun;
      }
    } finally {
      await slots.done();
    }
    await this.#durable;
    if (this.#postponed !== undefined) throw this.#postponed;
    if (this.#again) return "again";
    await store.write(doneName(scan, slice, this.#tally), Buffer.from("{}"), signal);
    return "done";
  }

  /** A message may come twice. */
  async #isDone(): Promise<boolean> {
    const { store, signal } = this.#options;
    const { scan, slice } = this.#work;
    for await (const name of store.list(`${doneFolder(scan)}${slice}.`, "", signal)) {
      return name !== "";
    }
    return false;
  }

  async #candidates(): Promise<readonly Candidate[] | undefined> {
    const { store, signal } = this.#options;
    const { scan, slice, parts } = this.#work;
    if (!parts.deletions) {
      const bytes = await store.read(`${folderOf(scan)}slices/${slice}.ndjson.zst`, signal);
      return bytes && unpackSlice(bytes);
    }
    const part = `${parts.leg}-deletions-${String(parts.number).padStart(6, "0")}.json.zst`;
    const bytes = await store.read(folderOf(scan) + part, signal);
    if (bytes === undefined) return undefined;
    const keys = JSON.parse((await decompress(bytes)).toString()) as string[];
    return keys.map((key) => ({ key }));
  }

  async #settle(candidate: Candidate): Promise<void> {
    const began = performance.now();
    const outcome = await this.#outcome(candidate);
    if (outcome === undefined) {
      this.#again = true;
      return;
    }
    const { state } = outcome;
    // A key that neither side has is nobody's.
    if (this.#work.parts.deletions && state === "skipped") return;
    addSum(this.#tally.states[state], 1, candidate.source?.size ?? 0);
    this.#record(candidate.key, outcome, (performance.now() - began) / 1000);
  }

  /** Undefined: trouble that may pass. */
  async #outcome(candidate: Candidate): Promise<Outcome | undefined> {
    const { source, policy, means, signal, receives, log } = this.#options;
    const { target, received, parts, held } = this.#work;
    if (parts.deletions && held !== undefined) return heldDeletion(candidate.key, target, held);
    // What the target listed was looked at before the source will be, and every commit is on condition.
    for (let round = 1; ; round += 1) {
      try {
        return await settle({ candidate, source, target, policy, means, signal });
      } catch (error) {
        if (error instanceof Interrupted || signal.aborted) throw new Interrupted();
        if (error instanceof Postponed) return this.#wait(error, candidate);
        const facts = error instanceof CloudError ? error.facts : undefined;
        const passes = isPatient(facts) && (facts === undefined || retryClass(facts) !== "hold");
        if (!passes || (round >= ROUNDS && received >= receives)) {
          log.error({ key: candidate.key, target: target.name, err: error }, "a key failed");
          return troubled(error, candidate.key, target, round);
        }
        if (round >= ROUNDS) return undefined;
        await sleep(1000 * 4 ** (round - 1) * Math.random(), undefined, { signal }).catch(() => {
          throw new Interrupted();
        });
      }
    }
  }

  /** What alone is too dear is held; where nothing may be copied, the slice waits whole, and the scan with it. */
  #wait(error: Postponed, { key }: Candidate): Outcome | undefined {
    if (error.scope === "one") return waiting(error, key, this.#work.target);
    this.#postponed = error;
    return undefined;
  }

  #record(key: string, outcome: Outcome, seconds: number): void {
    const { ledger, now = Date.now } = this.#options;
    const { target, scan, slice } = this.#work;
    const durable = ledger.record([
      {
        at: new Date(now()).toISOString(),
        target: target.name,
        key,
        ...outcome,
        startedAt: this.#startedAt.toISOString(),
        seconds,
        run: scan,
        slice,
      },
    ]);
    this.#durable = Promise.all([this.#durable, durable]);
    this.#durable.catch(() => undefined);
  }
}
