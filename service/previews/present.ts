import type { OperationRow } from "../db/operations.ts";
import type { PreviewRow } from "../db/previews.ts";
import { errorOf, summaryOf } from "../operations/present.ts";
import type { Preview, PreviewState } from "./schema.ts";

export interface PreviewFacts {
  operation: Pick<OperationRow, "id" | "action" | "state" | "failure">;
  /** Whether the pipeline was ever built. */
  built: boolean;
  /** What has changed since; looked at for one that could be applied. */
  moved: readonly string[];
}

export function presentPreview(row: PreviewRow, facts: PreviewFacts, now = new Date()): Preview {
  const { result } = row;
  const self = `/v1/previews/${row.id}`;
  const summary = result === null ? null : summaryOf(result.counts);
  const state = stateOf(row, facts, now);
  return {
    id: row.id,
    tenant: row.tenant,
    pipeline: row.pipeline,
    operation: row.operation_id,
    state,
    action: facts.built ? (summary === "no changes" ? "none" : "update") : "create",
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    by: row.by_name,
    commit: row.commit,
    generation: { from: row.generation_from, to: row.generation_to },
    summary,
    counts: result?.counts ?? {},
    steps: result?.steps ?? [],
    cost: result?.cost ?? null,
    policy: result?.policy ?? null,
    drift: result?.drift ?? null,
    moved: [...facts.moved],
    digest: row.digest,
    failure: state === "failed" ? errorOf(facts.operation) : null,
    applied: appliedOf(row),
    links: {
      self,
      operation: `/v1/operations/${row.operation_id}`,
      apply: `${self}/apply`,
      page: `${self}/page`,
    },
  };
}

/** What a preview is now: its row says what became of it, the clock and the world what it is still good for. Pure. */
export function stateOf(
  row: Pick<PreviewRow, "state" | "expires_at">,
  { operation, moved }: Pick<PreviewFacts, "operation" | "moved">,
  now: Date,
): PreviewState {
  if (row.state === "running") {
    return operation.state === "failed" || operation.state === "cancelled" ? "failed" : "running";
  }
  if (row.state !== "ready") return row.state;
  if (row.expires_at.getTime() <= now.getTime()) return "expired";
  return moved.length > 0 ? "outdated" : "ready";
}

function appliedOf(row: PreviewRow): Preview["applied"] {
  const { applied_operation_id: operation, applied_at: at, applied_by: by } = row;
  if (operation === null || at === null) return null;
  return { operation, at: at.toISOString(), by: by ?? "" };
}
