import { closeRun, type OpenedRun } from "../../runtime/ledger/runs.ts";
import type { Failure, RunTotals } from "../../runtime/ledger/books.ts";
import type { LedgerStore } from "../../runtime/ledger/store.ts";
import type { Tally } from "../../runtime/scan/progress.ts";
import type { Board } from "../run/board.ts";
import type { HeldDeletions } from "./held-deletions.ts";

export interface OpenBooks {
  readonly opened: OpenedRun;
  readonly board: Board;
  readonly tally: Tally;
  readonly held: HeldDeletions;
}

/** Writes the closing of a run whose every key has ended. */
export async function closeBooks(
  { opened, board, tally, held }: OpenBooks,
  store: LedgerStore,
  signal: AbortSignal,
): Promise<void> {
  const { states, found, names } = tally;
  const heldSum = { ...states.held, objects: states.held.objects + held.objects };
  const totals: RunTotals = { objects: 0, bytes: 0, ...states, held: heldSum };
  for (const { objects, bytes } of Object.values({ ...states, held: heldSum })) {
    totals.objects += objects;
    totals.bytes += bytes;
  }
  const now = new Date().toISOString();
  await closeRun(
    store,
    {
      ...opened,
      // Keys that were deleted, or were to be, were not found at the source.
      found: found.objects + states.deleted.objects + held.objects,
      totals,
      failures: [...failuresOf(board, opened.targets[0] ?? ""), ...held.failures],
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
