import type { ResourceCounts } from "../automation/events.ts";
import type { OperationEventRow } from "../db/operation-events.ts";
import type { OperationRow } from "../db/operations.ts";
import { previewIdOf } from "../db/previews.ts";
import { problemType } from "../http/problem.ts";
import type { Operation } from "../http/schemas.ts";
import type { Place } from "./queue-estimate.ts";

export interface OperationExtras {
  /** How many operations of the same stack come first. */
  position?: number;
  /** Where it stands among all that wait. */
  queue?: Place | null;
  /** The pipeline's outputs, for an operation that built it. */
  outputs?: Record<string, unknown> | undefined;
  /** The planned steps of a preview. */
  steps?: OperationEventRow[];
}

export function presentOperation(row: OperationRow, extras: OperationExtras = {}): Operation {
  const done = row.settled_at !== null;
  return {
    name: `operations/${row.id}`,
    id: row.id,
    metadata: {
      tenant: row.tenant,
      pipeline: row.pipeline,
      stack: row.stack,
      action: row.action,
      generation: row.generation,
      state: row.state,
      attempts: row.attempts,
      position: row.state === "queued" ? (extras.position ?? null) : null,
      queue: extras.queue ?? null,
      cancelRequested: row.cancel_requested,
      createdAt: row.created_at.toISOString(),
      startedAt: row.started_at?.toISOString() ?? null,
      settledAt: row.settled_at?.toISOString() ?? null,
      seconds: row.seconds,
      counts: row.counts,
    },
    done,
    ...(row.state === "failed" || row.state === "cancelled" ? { error: errorOf(row) } : {}),
    ...(row.state === "succeeded" ? { response: responseOf(row, extras) } : {}),
    links: {
      self: `/v1/operations/${row.id}`,
      events: `/v1/operations/${row.id}/events`,
      pipeline: `/v1/tenants/${row.tenant}/pipelines/${row.pipeline}`,
      ...(row.action === "preview" ? { preview: `/v1/previews/${previewIdOf(row.id)}` } : {}),
    },
  };
}

export function errorOf(
  row: Pick<OperationRow, "state" | "action" | "failure">,
): NonNullable<Operation["error"]> {
  const failed = row.state === "failed";
  return {
    type: problemType(failed ? "operation-failed" : "operation-cancelled"),
    title: failed ? `The ${row.action} failed` : `The ${row.action} was cancelled`,
    detail: row.failure?.message ?? "",
    code: row.failure?.code ?? row.state,
    resource: row.failure?.resource ?? null,
    remedy: row.failure?.remedy ?? "",
  };
}

function responseOf(
  row: OperationRow,
  { outputs, steps }: OperationExtras,
): NonNullable<Operation["response"]> {
  const counts = row.counts ?? {};
  return {
    summary: summaryOf(counts),
    counts,
    ...(outputs === undefined ? {} : { outputs }),
    ...(steps === undefined ? {} : { steps: steps.map(presentStep).sort(byDanger) }),
  };
}

/** Looking at what others built, or looking away from it, changes nothing. */
const harmless = new Set(["same", "read", "discard", "refresh"]);

/** Steps in words, the dangerous ones first. */
export function summaryOf(counts: ResourceCounts): string {
  const words = Object.entries(counts)
    .filter(([op, count]) => !harmless.has(op) && count > 0)
    .sort(([a], [b]) => danger(a) - danger(b))
    .map(([op, count]) => `${op} ${count}`);
  return words.length === 0 ? "no changes" : words.join(", ");
}

const dangers = ["replace", "delete-replaced", "create-replacement", "delete", "update", "create"];

function danger(op: string): number {
  const rank = dangers.indexOf(op);
  return rank === -1 ? dangers.length : rank;
}

type Step = NonNullable<NonNullable<Operation["response"]>["steps"]>[number];

function presentStep(row: OperationEventRow): Step {
  return {
    op: row.op ?? "",
    urn: row.urn ?? "",
    type: row.type ?? "",
    name: row.name ?? "",
    changes: row.changes ?? [],
  };
}

function byDanger(a: Step, b: Step): number {
  return danger(a.op) - danger(b.op) || (a.urn < b.urn ? -1 : 1);
}
