import type { OperationResult } from "../automation/request.ts";
import type { Queries } from "../db/database.ts";
import type { OperationRow } from "../db/operations.ts";
import { keepDrift } from "../db/drift.ts";
import { setMonthlyUsd } from "../db/pipelines.ts";
import { completePreview } from "../db/previews.ts";

/** Writes down what an operation has found, in the transaction that settles it. */
export async function keepFindings(
  transaction: Queries,
  operation: OperationRow,
  { outcome, findings }: OperationResult,
): Promise<void> {
  if (outcome !== "succeeded" || findings === undefined) return;
  if (findings.drift !== null) {
    const about = { pipelineId: operation.pipeline_id, operationId: operation.id };
    await keepDrift(transaction, about, findings.drift);
  }
  if (findings.monthlyUsd !== null)
    await setMonthlyUsd(transaction, operation.pipeline_id, findings.monthlyUsd);
  if (findings.preview !== null) await completePreview(transaction, operation.id, findings.preview);
}
