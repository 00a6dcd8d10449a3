import { withoutCopy } from "../copy/outcome.ts";
import { newProgress } from "../copy/progress.ts";
import type { Outcome, PlacedTarget } from "../copy/work.ts";

/** Of deletions that a cap holds back, in the ledger. */
export const DELETION_CAP = "DeletionCap";

/** The state of a copy whose source is gone, and that stays until somebody has said that so many may go. */
export function heldDeletion(key: string, target: PlacedTarget, why: string): Outcome {
  const name = target.mapping.name(key);
  const reason = `absent at the source, not deleted: ${why}`;
  return withoutCopy(
    { do: "hold", class: DELETION_CAP, reason },
    undefined,
    name.ok ? name.name : null,
    newProgress(),
  );
}
