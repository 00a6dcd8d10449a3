import type { LedgerRecord } from "../../runtime/ledger/entry.ts";
import type { Totals } from "../../runtime/ledger/totals.ts";
import type { PaceState } from "../../runtime/pace/pace.ts";
import { newProgress, settledObjects, type SweepProgress } from "../../runtime/scan/progress.ts";
import { Causes } from "../progress/causes.ts";
import type { Snapshot } from "../progress/snapshot.ts";

/** What is known of a run while it goes on: fed by the sweep and by every record, read by the display and the summary. */
export class Board {
  readonly causes = new Causes();
  readonly how = { url: 0, stream: 0 };
  /** The sweep counts here. */
  readonly progress: SweepProgress = newProgress();
  readonly #began = performance.now();
  readonly #paces: () => readonly PaceState[];
  #moved = 0;
  /** Names whose bytes have been counted block by block. */
  readonly #staged = new Set<string>();

  constructor(paces: () => readonly PaceState[]) {
    this.#paces = paces;
  }

  /** A block has arrived. */
  staged(name: string, bytes: number): void {
    this.#moved += bytes;
    this.#staged.add(name);
  }

  record(record: LedgerRecord): void {
    this.causes.add(record);
    const { name, how, state, size } = record;
    const counted = name !== null && this.#staged.size > 0 && this.#staged.delete(name);
    if (state !== "copied" || how === null) return;
    this.how[how] += 1;
    if (!counted) this.#moved += size ?? 0;
  }

  /** Every key that was found has come to its state. */
  get closes(): boolean {
    const { listed, found } = this.progress;
    return listed && settledObjects(this.progress) === found.objects;
  }

  get totals(): Totals {
    const { copied, unchanged, deleted, skipped, held, failed } = this.progress.states;
    return {
      copied: copied.objects,
      unchanged: unchanged.objects,
      deleted: deleted.objects,
      skipped: skipped.objects,
      held: held.objects,
      failed: failed.objects,
      bytes: copied.bytes,
    };
  }

  snapshot(): Snapshot {
    const { progress } = this;
    const paces = this.#paces();
    const settledBytes = Object.values(progress.states).reduce((all, { bytes }) => all + bytes, 0);
    return {
      ms: performance.now() - this.#began,
      counting: !progress.listed,
      found: progress.found,
      totals: this.totals,
      settledBytes,
      movedBytes: this.#moved,
      inFlight: progress.inFlight,
      retries: sum(paces, (pace) => pace.again),
      throttled: sum(paces, (pace) => pace.throttled),
      windows: paces.map((pace) => pace.window),
    };
  }

  get requests(): number {
    return sum(this.#paces(), (pace) => pace.requests);
  }
}

function sum(paces: readonly PaceState[], of: (pace: PaceState) => number): number {
  return paces.reduce((total, pace) => total + of(pace), 0);
}
