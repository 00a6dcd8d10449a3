import type { Queries } from "../db/database.ts";
import { settle, type Held, type Settlement } from "../db/leases.ts";
import type { OperationRow } from "../db/operations.ts";
import type { Executor } from "./execute.ts";

/** Settles an operation and counts it, if it was this call that settled it. */
export async function settleCounted(
  { db, metrics }: Pick<Executor, "db" | "metrics">,
  held: Held,
  settlement: Settlement,
  alongside: (transaction: Queries, row: OperationRow) => Promise<void>,
): Promise<boolean> {
  let row: OperationRow | undefined;
  const settled = await settle(db, held, settlement, (transaction, settledRow) => {
    row = settledRow;
    return alongside(transaction, settledRow);
  });
  if (settled && row !== undefined) {
    const { state, failure, seconds } = settlement;
    metrics.operationSettled({ action: row.action, state, code: failure?.code ?? null, seconds });
  }
  return settled;
}
