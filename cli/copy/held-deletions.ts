import type { Failure } from "../../runtime/ledger/books.ts";
import type { LedgerRecord } from "../../runtime/ledger/entry.ts";
import type { PlacedTarget } from "../../runtime/copy/work.ts";
import { DELETION_CAP, heldDeletion } from "../../runtime/scan/held-deletion.ts";
import type { SweepResult } from "../../runtime/scan/sweep.ts";

/** Deletions that the cap held back, as the books count them. */
export interface HeldDeletions {
  readonly objects: number;
  readonly failures: readonly Failure[];
}

/** Writes a line for each copy whose source is gone and that was kept for the cap's sake. */
export async function recordHeld(
  { held, keys }: SweepResult["deletions"],
  target: PlacedTarget,
  record: (records: readonly LedgerRecord[]) => Promise<void>,
): Promise<HeldDeletions> {
  if (held === undefined) return { objects: 0, failures: [] };
  let objects = 0;
  let sample: Failure["sample"] = { key: "", reason: held };
  for await (const part of keys()) {
    const at = new Date().toISOString();
    const lines = part.map((key) => lineOf(key, target, held, at));
    await record(lines);
    objects += lines.length;
    const [first] = lines;
    if (first !== undefined) sample = { key: first.key, reason: first.reason };
  }
  const failure = {
    state: "held",
    class: DELETION_CAP,
    action: null,
    target: target.name,
  } as const;
  return { objects, failures: [{ ...failure, objects, sample }] };
}

function lineOf(key: string, target: PlacedTarget, why: string, at: string): LedgerRecord {
  const outcome = heldDeletion(key, target, why);
  return { at, target: target.name, key, ...outcome, startedAt: at, seconds: 0 };
}
