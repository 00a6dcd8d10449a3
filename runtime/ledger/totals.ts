import { scrub } from "../secrets.ts";
import { noTotals, type Failure, type RunTotals } from "./books.ts";
import { states, type LedgerRecord, type TerminalState } from "./entry.ts";

/** How many keys ended in each state, and the bytes that were copied. */
export type Totals = Readonly<Record<TerminalState, number>> & { readonly bytes: number };

/** The part of a run's closing that its lines tell. */
export interface LiveBooks {
  readonly totals: RunTotals;
  /** Largest group first. */
  readonly failures: readonly Failure[];
  readonly firstAt: string | null;
  readonly lastAt: string | null;
}

const MOST_GROUPS = 200;

/**
 * Counts lines as they are recorded, in no memory to speak of. Every line counts: that is exact where each key is settled once on each target, as in a scan or a
 * copy by hand. Where keys may come again (hints, slices handed out twice) books.ts counts from the files.
 */
export class Tally {
  readonly #totals = noTotals();
  readonly #groups = new Map<string, Failure>();
  #firstAt: string | null = null;
  #lastAt: string | null = null;

  add(record: LedgerRecord): void {
    this.addMany(record.state, 1, record.size ?? 0, record.at);
    if (record.state === "failed" || record.state === "held") this.#addFailure(record);
  }

  addMany(state: TerminalState, objects: number, bytes: number, at: string): void {
    const sum = this.#totals[state];
    sum.objects += objects;
    sum.bytes += bytes;
    this.#totals.objects += objects;
    this.#totals.bytes += bytes;
    if (this.#firstAt === null || at < this.#firstAt) this.#firstAt = at;
    if (this.#lastAt === null || at > this.#lastAt) this.#lastAt = at;
  }

  totals(): Totals {
    const counts = Object.fromEntries(states.map((state) => [state, this.#totals[state].objects]));
    return { ...(counts as Record<TerminalState, number>), bytes: this.#totals.copied.bytes };
  }

  books(): LiveBooks {
    return {
      totals: structuredClone(this.#totals),
      failures: [...this.#groups.values()].sort((a, b) => b.objects - a.objects),
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
    };
  }

  #addFailure({ state, class: kind, action, target, key, reason }: LedgerRecord): void {
    const name = JSON.stringify([state, kind, action, target]);
    const group = this.#groups.get(name);
    if (group !== undefined) group.objects += 1;
    else if (this.#groups.size < MOST_GROUPS) {
      const sample = { key, reason: reason === null ? null : scrub(reason) };
      this.#groups.set(name, { state, class: kind, action, target, objects: 1, sample });
    }
  }
}
