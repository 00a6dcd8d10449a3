import type { Totals } from "../../runtime/ledger/totals.ts";

/** What a run shows of itself at a moment. */
export interface Snapshot {
  /** Since the run began, in milliseconds. */
  readonly ms: number;
  /** The source's listing has not ended: what is found will grow. */
  readonly counting: boolean;
  readonly found: { readonly objects: number; readonly bytes: number };
  /** Terminal states so far, and the bytes copied. */
  readonly totals: Totals;
  /** Bytes of the source's objects that have come to a terminal state. */
  readonly settledBytes: number;
  /** Bytes that have reached the target, those of unfinished objects too. */
  readonly movedBytes: number;
  readonly inFlight: number;
  readonly retries: number;
  readonly throttled: number;
  /** Requests that may be in flight, per origin. */
  readonly windows: readonly number[];
}

/** Keys of the source that have come to a terminal state. What was deleted was not found there. */
export function settledOf({ totals }: Snapshot): number {
  return totals.copied + totals.unchanged + totals.skipped + totals.held + totals.failed;
}

/** From 0 to 1, by bytes and objects whichever is behind; undefined while counting. Never 1 before all is settled. */
export function shareOf(snapshot: Snapshot): number | undefined {
  const { counting, found, movedBytes, settledBytes } = snapshot;
  if (counting) return undefined;
  const settled = settledOf(snapshot);
  if (settled >= found.objects) return 1;
  const objects = settled / found.objects;
  // What has moved of unfinished objects counts as well, so that one large object shows progress.
  const bytes = found.bytes === 0 ? objects : Math.max(settledBytes, movedBytes) / found.bytes;
  const share = found.objects > 20 ? Math.min(objects, bytes) : bytes;
  return Math.min(0.999, share);
}
