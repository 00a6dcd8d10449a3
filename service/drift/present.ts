import type { DriftFound } from "../db/drift.ts";
import type { PipelineRow } from "../db/pipelines.ts";
import type { Drift } from "./schema.ts";

export function presentDrift(
  row: Pick<PipelineRow, "tenant" | "name" | "drifted" | "drift_looked_at" | "created_at">,
  found: DriftFound | undefined,
  everyMs: number | undefined,
): Drift {
  const pipeline = `/v1/tenants/${row.tenant}/pipelines/${row.name}`;
  const last = row.drift_looked_at ?? row.created_at;
  return {
    tenant: row.tenant,
    pipeline: row.name,
    state: row.drifted === null ? "unknown" : row.drifted > 0 ? "drifted" : "none",
    resources: row.drifted ?? 0,
    lookedAt: row.drift_looked_at?.toISOString() ?? null,
    nextLookAt: everyMs === undefined ? null : new Date(last.getTime() + everyMs).toISOString(),
    operation: found?.operation_id ?? null,
    steps: found?.steps ?? [],
    links: { self: `${pipeline}/drift`, pipeline, repair: `${pipeline}/updates` },
  };
}
