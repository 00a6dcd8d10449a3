import type { Queries } from "../db/database.ts";
import { insertOperation, supersedeQueued } from "../db/operations.ts";
import {
  activate,
  lockPipelineById,
  replaceSpec,
  setLife,
  type PipelineRow,
} from "../db/pipelines.ts";
import { lockPreview, markApplied, type PreviewRow } from "../db/previews.ts";
import { findOperation } from "../db/operations.ts";
import { requireRoomForPipeline } from "../governance/enforce.ts";
import { lifeOf } from "../governance/ttl.ts";
import { requireMatch } from "../http/etag.ts";
import { notFound, RequestProblem } from "../http/problem.ts";
import type { Changed } from "../pipelines/change.ts";
import { lookAtWorld, whatMoved } from "./moved.ts";
import type { PreviewPolicy } from "./schema.ts";

export interface ApplyOrder {
  id: string;
  /** What was approved, when the caller says so. */
  digest: string | undefined;
  ifMatch: string | undefined;
  by: { name: string };
  /** Digest of the program that would be run now. */
  program: string;
}

/**
 * Queues the operation that does exactly what a preview showed.
 * @throws RequestProblem `outdated` naming what has moved; `policy-violation`; `conflict` when there is nothing to apply.
 */
export async function applyPreview(transaction: Queries, order: ApplyOrder): Promise<Changed> {
  const preview = await lockPreview(transaction, order.id);
  if (preview === undefined) throw notFound(`preview ${order.id}`);
  const pipeline = await lockPipelineById(transaction, preview.pipeline_id);
  await requireReady(transaction, preview);
  if (order.digest !== undefined && order.digest !== preview.digest) {
    throw new RequestProblem(
      "outdated",
      `The preview ${preview.id} has the digest ${preview.digest ?? "none"}, and ${order.digest} was approved. Look at it again, and approve what it shows.`,
    );
  }
  requireMatch(order.ifMatch, previewHeld(preview), "the preview shows something else");
  requireAllowed(preview);
  const moved = whatMoved(preview, await lookAtWorld(transaction, preview, order.program));
  if (moved.length > 0) throw hasMoved(preview, moved);
  const changed = await takeUp(transaction, preview, pipeline);
  const operationId = changed.operation.id;
  await markApplied(transaction, preview.id, { operationId, by: order.by.name });
  return changed;
}

/** What an If-Match holds on to: what was found; that it became outdated is said with what moved. */
export function previewHeld({ digest }: Pick<PreviewRow, "digest">): string {
  return digest === null ? "none" : digest.replace("sha256:", "").slice(0, 16);
}

async function requireReady(transaction: Queries, preview: PreviewRow): Promise<void> {
  const conflict = (detail: string) => new RequestProblem("conflict", detail);
  if (preview.state === "applied") {
    throw conflict(
      `The preview ${preview.id} was applied already, by operation ${preview.applied_operation_id ?? ""}. Make another one for another change.`,
    );
  }
  if (preview.state === "running") {
    const operation = await findOperation(transaction, preview.operation_id);
    throw operation?.settled_at == null
      ? conflict(`The preview ${preview.id} is still being made. Wait for its operation.`)
      : conflict(`The preview ${preview.id} ${operation.state}, so there is nothing to apply.`);
  }
  if (preview.expires_at.getTime() <= Date.now() || preview.approval === null) {
    throw hasMoved(preview, [`It expired at ${preview.expires_at.toISOString()}.`]);
  }
}

function hasMoved(preview: PreviewRow, moved: readonly string[]): RequestProblem {
  return new RequestProblem(
    "outdated",
    `The world has moved since the preview ${preview.id} was made: ${moved.join(" ")} Make another preview and have that approved.`,
  );
}

function requireAllowed({ result }: PreviewRow): void {
  const broken = mandatory(result?.policy);
  const [first] = broken;
  if (first === undefined) return;
  throw new RequestProblem("policy-violation", `${first.rule}: ${first.message} ${first.cure}`, {
    errors: broken.map(({ rule, resource, message, cure }) => ({
      in: "path",
      pointer: "/preview",
      detail: `${rule}${resource === null ? "" : `, ${resource}`}: ${message} ${cure}`,
    })),
  });
}

function mandatory(policy: PreviewPolicy | undefined): PreviewPolicy["violations"] {
  return (policy?.violations ?? []).filter(({ level }) => level === "mandatory");
}

/** What a POST, a PUT or an update would have done. */
async function takeUp(
  transaction: Queries,
  preview: PreviewRow,
  pipeline: PipelineRow,
): Promise<Changed> {
  if (pipeline.state === "proposed") {
    const { tenant, ttl_seconds } = await activate(transaction, pipeline.id);
    await requireRoomForPipeline(transaction, tenant);
    const made = await setLife(transaction, pipeline.id, lifeOf(ttl_seconds));
    const operation = await insertOperation(transaction, made, "create");
    return { pipeline: made, operation, changed: { after: made.spec } };
  }
  const changed =
    preview.spec === null ? pipeline : await replaceSpec(transaction, pipeline.id, preview.spec);
  // As it was looked at: a stack that was never built whole was not refreshed.
  const action = pipeline.deployed_generation === null ? "create" : "update";
  const operation = await insertOperation(transaction, changed, action);
  const unqueued = await supersedeQueued(transaction, operation);
  const { spec: before } = pipeline;
  return { pipeline: changed, operation, changed: { before, after: changed.spec }, unqueued };
}
