import type { OperationRow } from "../db/operations.ts";
import type { PipelineRow } from "../db/pipelines.ts";
import { warningOf } from "../governance/ttl.ts";
import type { Pipeline } from "../http/schemas.ts";

/** @param notices - What else is to be known about it, in sentences. */
export function presentPipeline(
  row: PipelineRow,
  latest: OperationRow | undefined,
  notices: readonly string[] = [],
): Pipeline {
  const warning = warningOf(row);
  const self = `/v1/tenants/${row.tenant}/pipelines/${row.name}`;
  return {
    // The rows' names were parsed before they were written.
    tenant: row.tenant as Pipeline["tenant"],
    name: row.name as Pipeline["name"],
    generation: row.generation,
    deployedGeneration: row.deployed_generation,
    spec: row.spec,
    status: {
      ...statusOf(row, latest),
      notices: [...(warning === undefined ? [] : [warning]), ...driftNotice(row), ...notices],
    },
    drift: driftOf(row),
    outputs: row.outputs?.values ?? null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    removedAt: row.removed_at?.toISOString() ?? null,
    links: {
      self,
      runs: `${self}/runs`,
      operations: `/v1/operations?tenant=${row.tenant}&pipeline=${row.name}`,
      drift: `${self}/drift`,
    },
  };
}

function driftOf({ drifted, drift_looked_at: at }: PipelineRow): Pipeline["drift"] {
  return drifted === null || at === null
    ? null
    : { resources: drifted, lookedAt: at.toISOString() };
}

function driftNotice({ drifted }: PipelineRow): string[] {
  if (drifted === null || drifted === 0) return [];
  const what = drifted === 1 ? "1 resource was" : `${drifted} resources were`;
  return [`${what} changed by hand; an update puts back how it was built.`];
}

/** A pipeline's state in a word, with the reason that it may not be shown without. */
export function statusOf(
  row: Pick<PipelineRow, "state" | "generation" | "deployed_generation">,
  latest: Pick<OperationRow, "id" | "state" | "action" | "generation" | "failure"> | undefined,
): Omit<Pipeline["status"], "notices"> {
  const operation = latest?.id ?? null;
  if (row.state === "removed") return { state: "removed", reason: "It was deleted.", operation };
  if (latest === undefined) {
    return { state: "creating", reason: "No operation has been queued yet.", operation };
  }
  switch (latest.state) {
    case "queued":
    case "running":
      return {
        state: doing[latest.action],
        reason: `Its ${latest.action} to generation ${latest.generation} is ${latest.state}.`,
        operation,
      };
    case "succeeded":
      return {
        state: "ready",
        reason: `Generation ${row.deployed_generation ?? latest.generation} is built.`,
        operation,
      };
    case "failed":
      return {
        state: "failed",
        reason: `Its ${latest.action} failed: ${firstLine(latest.failure?.message)}`,
        operation,
      };
    case "cancelled":
      return {
        state: "cancelled",
        reason: `Its ${latest.action} was cancelled: ${firstLine(latest.failure?.message)}`,
        operation,
      };
  }
}

const doing = {
  create: "creating",
  update: "updating",
  delete: "deleting",
  preview: "updating",
  drift: "updating",
} as const;

function firstLine(text: string | undefined): string {
  const [line = ""] = (text ?? "").split("\n");
  return line === "" ? "no reason was given." : line;
}
