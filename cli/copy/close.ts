import { closeRun, type OpenedRun } from "../../runtime/ledger/runs.ts";
import type { Failure, RunTotals } from "../../runtime/ledger/books.ts";
import type { LedgerStore } from "../../runtime/ledger/store.ts";
import type { Tally } from "../../runtime/scan/progress.ts";
import type { Board } from "../run/board.ts";

/** Writes the closing of a run whose every key has ended. */
export async function closeBooks(
  opened: OpenedRun,
  board: Board,
  tally: Tally,
  store: LedgerStore,
  signal: AbortSignal,
): Promise<void> {
  const { states, found, names } = tally;
  const totals: RunTotals = { objects: 0, bytes: 0, ...states };
  for (const { objects, bytes } of Object.values(states)) {
    totals.objects += objects;
    totals.bytes += bytes;
  }
  const now = new Date().toISOString();
  await closeRun(
    store,
    {
      ...opened,
      // Deleted keys were not found at the source.
      found: found.objects + states.deleted.objects,
      totals,
      failures: failuresOf(board, opened.targets[0] ?? ""),
      firstAt: opened.openedAt,
      lastAt: now,
      listing: {
        beganAt: opened.openedAt,
        endedAt: now,
        source: found.objects,
        targets: names,
      },
    },
    signal,
  );
}

function failuresOf(board: Board, target: string): Failure[] {
  return board.causes.list().map(({ state, class: kind, action, count, reason, examples }) => ({
    state,
    class: kind,
    action,
    target,
    objects: count,
    sample: { key: examples[0] ?? "", reason },
  }));
}
