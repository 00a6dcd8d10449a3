import { isDeepStrictEqual } from "node:util";
import { availability, type PipelineSpec } from "../../infra/spec/index.ts";
import type { Deed, Origin } from "../audit/record.ts";
import type { Queries } from "../db/database.ts";
import {
  cancelQueued,
  insertOperation,
  latestOperation,
  supersedeQueued,
  type OperationRow,
  type Unqueued,
} from "../db/operations.ts";
import {
  insertPipeline,
  lockPipeline,
  replaceSpec,
  setLife,
  setState,
  type PipelineKey,
  type PipelineRow,
} from "../db/pipelines.ts";
import { requireRoomForPipeline } from "../governance/enforce.ts";
import { lifeOf } from "../governance/ttl.ts";
import { invalid } from "../http/endpoint.ts";
import { checkIfMatch } from "../http/etag.ts";
import { notFound, RequestProblem } from "../http/problem.ts";

/** What a change came to: the pipeline, and the operation that stands for it (an earlier one when there was nothing new to do). */
export interface Changed {
  pipeline: PipelineRow;
  operation: OperationRow;
  /** For the audit log: the spec before and after; absent when the request changed nothing. */
  changed?: { before?: PipelineSpec; after?: PipelineSpec };
  /** Operations whose place it took before they began. */
  unqueued?: readonly Unqueued[];
}

/** For the audit log. */
export function deedOf(
  { by, action }: { by: Origin; action: string },
  operation: OperationRow,
  changed: NonNullable<Changed["changed"]>,
): Deed {
  const { principal, requestId, from } = by;
  const { id, tenant, pipeline, generation } = operation;
  return {
    ...{ principal, requestId, from, action, tenant },
    target: `pipelines/${pipeline}`,
    ...changed,
    detail: `${id}, generation ${generation}`,
  };
}

/** @throws RequestProblem `not-available` for a legal spec that asks for what is not built yet. */
export function requireAvailable(spec: PipelineSpec): void {
  const problems = availability(spec);
  if (problems.length === 0) return;
  throw invalid(
    problems.map(({ pointer, detail }) => ({ in: "body", pointer: `/spec${pointer}`, detail })),
    "not-available",
  );
}

/**
 * Makes a pipeline and queues its creation. The same name with an equal spec is the same pipeline: its operation is answered,
 * and queued again only if it failed.
 * @throws RequestProblem `conflict` when the name has another spec or is being deleted.
 */
export async function createPipeline(
  transaction: Queries,
  key: PipelineKey,
  spec: PipelineSpec,
  ttlSeconds: number | null = null,
): Promise<Changed> {
  const inserted = await insertPipeline(transaction, key, spec);
  if (inserted !== undefined) {
    await requireRoomForPipeline(transaction, key.tenant);
    const made =
      ttlSeconds === null ? inserted : await setLife(transaction, inserted.id, lifeOf(ttlSeconds));
    const operation = await insertOperation(transaction, made, "create");
    return { pipeline: made, operation, changed: { after: made.spec } };
  }
  const pipeline = await lockPipeline(transaction, key);
  // Removed between the two statements: the name is free now.
  if (pipeline === undefined) return createPipeline(transaction, key, spec, ttlSeconds);
  requireSame(pipeline, spec);
  if (pipeline.ttl_seconds !== ttlSeconds) throw otherTtl(pipeline);
  return currentOrAgain(transaction, pipeline);
}

function otherTtl({ tenant, name }: PipelineKey): RequestProblem {
  return new RequestProblem(
    "conflict",
    `The pipeline ${name} exists with another ttl. Use PUT /v1/tenants/${tenant}/pipelines/${name} to change it.`,
  );
}

/** @throws RequestProblem as a creation would. */
export function requireSame(pipeline: PipelineRow, spec: PipelineSpec): void {
  const self = `/v1/tenants/${pipeline.tenant}/pipelines/${pipeline.name}`;
  if (pipeline.state === "deleting") {
    throw new RequestProblem(
      "conflict",
      `The pipeline ${pipeline.name} is being deleted. Wait until its operation is done, then POST again; or PUT ${self} to keep it.`,
    );
  }
  if (isDeepStrictEqual(pipeline.spec, asStored(spec))) return;
  throw new RequestProblem(
    "conflict",
    `The pipeline ${pipeline.name} exists with another spec (generation ${pipeline.generation}). Use PUT ${self} to change it, or choose another name.`,
  );
}

/**
 * Gives a pipeline a new generation and queues its update; an equal spec changes nothing.
 * @param ttlSeconds - A new life from now on, null: without an end; undefined: as it was, and anew where that one is over.
 */
export async function changePipeline(
  transaction: Queries,
  key: PipelineKey,
  spec: PipelineSpec,
  ifMatch: string | undefined,
  ttlSeconds?: number | null,
): Promise<Changed> {
  const found = await requirePipeline(transaction, key);
  checkIfMatch(ifMatch, found.generation);
  const pipeline = await prolong(transaction, found, ttlSeconds);
  const latest = await latestOperation(transaction, pipeline.id);
  if (latest?.action === "delete" && latest.settled_at === null) {
    throw new RequestProblem(
      "conflict",
      `The pipeline ${pipeline.name} is being deleted by operation ${latest.id}. Wait until it is done, or cancel it.`,
    );
  }
  if (pipeline.state === "active" && isDeepStrictEqual(pipeline.spec, asStored(spec))) {
    const answer = await currentOrAgain(transaction, pipeline);
    const changed = { before: spec, after: spec };
    return pipeline === found ? answer : { ...answer, changed };
  }
  const changed = await replaceSpec(transaction, pipeline.id, spec);
  const operation = await insertOperation(transaction, changed, "update");
  const unqueued = await supersedeQueued(transaction, operation);
  const { spec: before } = pipeline;
  return { pipeline: changed, operation, changed: { before, after: changed.spec }, unqueued };
}

async function prolong(
  transaction: Queries,
  pipeline: PipelineRow,
  ttlSeconds: number | null | undefined,
): Promise<PipelineRow> {
  const { id, ttl_seconds, expires_at } = pipeline;
  const isOver = expires_at !== null && expires_at.getTime() <= Date.now();
  if (ttlSeconds === undefined && !isOver) return pipeline;
  if (ttlSeconds === null && ttl_seconds === null) return pipeline;
  return setLife(transaction, id, lifeOf(ttlSeconds === undefined ? ttl_seconds : ttlSeconds));
}

/**
 * Queues an update of the generation that stands: takes up a new program, puts back what was changed by hand, renews what
 * lapses. One that waits already serves; one that runs may have begun too early, so another follows it.
 */
export async function rebuildPipeline(transaction: Queries, key: PipelineKey): Promise<Changed> {
  const pipeline = await requirePipeline(transaction, key);
  if (pipeline.state === "deleting") {
    throw new RequestProblem(
      "conflict",
      `The pipeline ${pipeline.name} is being deleted. PUT its spec to keep it.`,
    );
  }
  const latest = await latestOperation(transaction, pipeline.id);
  if (latest?.state === "queued") return { pipeline, operation: latest };
  return again(transaction, pipeline, "update");
}

/** Queues the removal behind whatever runs; what is queued and has not begun is cancelled. */
export async function deletePipeline(
  transaction: Queries,
  key: PipelineKey,
  ifMatch: string | undefined,
): Promise<Changed> {
  const pipeline = await requirePipeline(transaction, key);
  checkIfMatch(ifMatch, pipeline.generation);
  const latest = await latestOperation(transaction, pipeline.id);
  if (latest?.action === "delete" && latest.settled_at === null) {
    return { pipeline, operation: latest };
  }
  const unqueued = await cancelQueued(
    transaction,
    { pipelineId: pipeline.id },
    "The pipeline was deleted before this operation began.",
  );
  const deleting = await setState(transaction, pipeline.id, "deleting");
  const operation = await insertOperation(transaction, deleting, "delete");
  return { pipeline: deleting, operation, changed: { before: pipeline.spec }, unqueued };
}

async function requirePipeline(transaction: Queries, key: PipelineKey): Promise<PipelineRow> {
  const pipeline = await lockPipeline(transaction, key);
  if (pipeline === undefined) throw notFound(`pipeline ${key.name} of tenant ${key.tenant}`);
  return pipeline;
}

/** The latest operation, or a new one for the same generation when that one did not succeed. */
async function currentOrAgain(transaction: Queries, pipeline: PipelineRow): Promise<Changed> {
  const latest = await latestOperation(transaction, pipeline.id);
  const stands =
    latest !== undefined && (latest.settled_at === null || latest.state === "succeeded");
  if (stands) return { pipeline, operation: latest };
  return again(transaction, pipeline, pipeline.deployed_generation === null ? "create" : "update");
}

/** Builds the generation that stands. */
async function again(
  transaction: Queries,
  pipeline: PipelineRow,
  action: "create" | "update",
): Promise<Changed> {
  const operation = await insertOperation(transaction, pipeline, action);
  const { spec } = pipeline;
  return { pipeline, operation, changed: { before: spec, after: spec } };
}

/** A spec as it comes back from the database: without what JSON leaves out. */
function asStored(spec: PipelineSpec): unknown {
  return JSON.parse(JSON.stringify(spec));
}
