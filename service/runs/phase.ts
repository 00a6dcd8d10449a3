import type { RunState } from "../db/schema.ts";
import type { RunTotals } from "../../runtime/ledger/books.ts";

/** What one look at a pipeline saw. The queue is looked at first, then the ledger is listed and read. */
export interface Look {
  /** Milliseconds since the epoch. */
  at: number;
  /** Messages visible, in flight and delayed; null when the queue could not be asked. */
  waiting: number | null;
  /** Ledger lines that were new. */
  entries: number;
  /** Whether every ledger file that was there has been read. */
  readAll: boolean;
}

/** Where a run stands between its looks. */
export interface Phase {
  open: boolean;
  /** Consecutive looks that saw an empty queue and nothing new. */
  restful: number;
  /** When something was last seen. */
  lastActivityAt: number;
}

export const atRest: Phase = { open: false, restful: 0, lastActivityAt: 0 };

export type Change = "none" | "opens" | "closes";

/**
 * A run covers the hints from one rest to the next. It opens when the queue holds anything or a ledger line is new, and closes
 * when two looks in a row saw an empty queue and an unchanged ledger read to its end, and nothing has moved for `quietMs`.
 * Workers delete a message only after its ledger file is durable, so an empty queue says that the ledger is whole.
 */
export function follow(
  phase: Phase,
  look: Look,
  quietMs: number,
): { phase: Phase; change: Change } {
  const active = look.entries > 0 || (look.waiting ?? 0) > 0;
  if (active) {
    return {
      phase: { open: true, restful: 0, lastActivityAt: look.at },
      change: phase.open ? "none" : "opens",
    };
  }
  if (!phase.open) return { phase, change: "none" };
  if (look.waiting === null || !look.readAll) {
    return { phase: { ...phase, restful: 0 }, change: "none" };
  }
  const restful = phase.restful + 1;
  const closes = restful >= 2 && look.at - phase.lastActivityAt >= quietMs;
  return { phase: { ...phase, restful, open: !closes }, change: closes ? "closes" : "none" };
}

/** What a run is called once its books are closed. */
export function verdict(totals: RunTotals): Exclude<RunState, "open"> {
  return totals.failed.objects + totals.held.objects === 0 ? "complete" : "incomplete";
}
