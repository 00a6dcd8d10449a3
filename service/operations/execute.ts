import { rm } from "node:fs/promises";
import type { Logger } from "pino";
import { spawnOperation, type SpawnOptions } from "../automation/run-operation.ts";
import type { OperationRequest, OperationResult } from "../automation/request.ts";
import type { Db, Queries } from "../db/database.ts";
import { recordChild, renew, requeue, type Held } from "../db/leases.ts";
import type { OperationRow } from "../db/operations.ts";
import { markRemoved, setDeployed, specOf, touch, type PipelineRow } from "../db/pipelines.ts";
import type { Settings } from "../settings.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { EventBuffer } from "./event-buffer.ts";
import { requestFor } from "./request-for.ts";
import { settleCounted } from "./settle.ts";

/** Runs an engine action somewhere; tests put their own in its place. */
export type RunEngine = (
  request: OperationRequest,
  options: SpawnOptions,
) => Promise<OperationResult>;

export interface Executor {
  db: Db;
  settings: Settings;
  log: Logger;
  metrics: Metrics;
  env: NodeJS.ProcessEnv;
  runEngine?: RunEngine;
  /** Told when an operation has changed a pipeline. */
  settled?: () => void;
}

/** Why an operation was interrupted by us. `shutdown` puts it back into the queue; `fenced` leaves it to whoever took it over. */
export type Interruption = "cancel" | "shutdown" | "fenced";

/**
 * Carries one claimed operation to its end: engine, events, heartbeat, settlement. Never rejects: what goes wrong on our side
 * settles the operation as failed, unless the lease was lost.
 */
export async function execute(
  executor: Executor,
  operation: OperationRow,
  stop: AbortController,
): Promise<void> {
  const held: Held = { id: operation.id, token: operation.lease_token };
  const log = executor.log.child({
    operation: operation.id,
    tenant: operation.tenant,
    pipeline: operation.pipeline,
    action: operation.action,
  });
  const heart = beat(executor, held, stop, log);
  try {
    const result = await run(executor, operation, held, stop.signal, log);
    await conclude(executor, held, result, stop.signal.reason as unknown, log);
  } catch (error) {
    log.error({ err: error }, "the operation could not be carried out");
    await settleBroken(executor, held, error).catch((second: unknown) => {
      log.error(
        { err: second },
        "and could not be settled: its lease runs out, then it is recovered",
      );
    });
  } finally {
    clearInterval(heart);
  }
}

async function run(
  { db, settings, env, metrics, runEngine = spawnOperation }: Executor,
  operation: OperationRow,
  held: Held,
  signal: AbortSignal,
  log: Logger,
): Promise<OperationResult> {
  const pipeline = await db
    .selectFrom("pipelines")
    .selectAll()
    .where("id", "=", operation.pipeline_id)
    .executeTakeFirstOrThrow();
  const spec =
    operation.spec ?? (await specOf(db, pipeline.id, specGeneration(operation, pipeline)));
  const events = await EventBuffer.open(db, operation.id, (error) => {
    log.error({ err: error }, "events were not written");
  });
  if (operation.attempts === 1) {
    metrics.operationBegan(operation.action, (Date.now() - operation.created_at.getTime()) / 1000);
  }
  if (operation.attempts > 1) events.note(`Attempt ${operation.attempts} begins.`);
  log.info({ attempt: operation.attempts }, "operation begins");
  const request = requestFor(operation, pipeline, spec, settings);
  const result = await runEngine(request, {
    env,
    signal,
    deadlineMs: settings.deadlineMs,
    graceMs: settings.graceMs,
    onEvent: (event) => events.add(event),
    onSpawn: (child) => {
      recordChild(db, held, child).catch((error: unknown) => {
        log.warn({ err: error }, "the child's number was not written down");
      });
    },
  });
  await rm(request.workDir, { recursive: true, force: true }).catch(() => undefined);
  if (result.forced)
    events.note("The process group was killed, and the stack's lock was released.");
  await events.flush();
  return result;
}

/** A delete destroys what the newest generation describes; anything else builds its own generation. */
function specGeneration(operation: OperationRow, pipeline: PipelineRow): number {
  return operation.action === "delete" ? pipeline.generation : operation.generation;
}

async function conclude(
  executor: Executor,
  held: Held,
  result: OperationResult,
  reason: unknown,
  log: Logger,
): Promise<void> {
  const { db, settled: tell } = executor;
  if (reason === "fenced") return;
  if (reason === "shutdown" && result.outcome !== "succeeded") {
    await requeue(db, held);
    log.info("operation was interrupted by the shutdown and is queued again");
    return;
  }
  const settled = await settleCounted(
    executor,
    held,
    {
      state: result.outcome,
      counts: result.changes,
      failure: result.failure,
      seconds: result.seconds,
    },
    (transaction, row) => applyToPipeline(transaction, row, result),
  );
  tell?.();
  const summary = { outcome: result.outcome, seconds: result.seconds, counts: result.changes };
  if (!settled) log.warn(summary, "operation was settled by another holder of its lease");
  else if (result.outcome === "failed")
    log.warn({ ...summary, failure: result.failure }, "operation failed");
  else log.info(summary, `operation ${result.outcome}`);
}

/** What a settled operation means for its pipeline; part of the settlement's transaction. */
async function applyToPipeline(
  transaction: Queries,
  operation: OperationRow,
  result: OperationResult,
): Promise<void> {
  if (operation.action === "preview" || operation.action === "drift") return;
  if (result.outcome !== "succeeded") return touch(transaction, operation.pipeline_id);
  if (operation.action === "delete") return markRemoved(transaction, operation.pipeline_id);
  await setDeployed(transaction, operation.pipeline_id, operation.generation, result.outputs);
}

async function settleBroken(executor: Executor, held: Held, error: unknown): Promise<void> {
  const failure = {
    code: "service-failed",
    message: error instanceof Error ? error.message : String(error),
    resource: null,
    remedy: "Read the service's log for this operation, then PUT the spec again.",
  };
  const settlement = { state: "failed" as const, counts: null, failure, seconds: null };
  await settleCounted(executor, held, settlement, (transaction, row) =>
    touch(transaction, row.pipeline_id),
  );
}

/**
 * Prolongs the lease while the operation runs, and hears of a cancellation. When the lease is lost, or cannot be prolonged until it is
 * over, the child is stopped: somebody else may be working on the stack by then.
 */
function beat(
  { db, settings }: Executor,
  held: Held,
  stop: AbortController,
  log: Logger,
): NodeJS.Timeout {
  let goodUntil = Date.now() + settings.leaseMs;
  const abort = (why: Interruption): void => {
    if (!stop.signal.aborted) stop.abort(why);
  };
  const prolong = async (): Promise<void> => {
    const asked = Date.now();
    try {
      const lease = await renew(db, held, settings.leaseMs);
      if (lease === undefined) {
        abort("fenced");
        return;
      }
      goodUntil = asked + settings.leaseMs;
      if (lease.cancelRequested) abort("cancel");
    } catch (error) {
      log.warn({ err: error }, "the lease was not prolonged");
      if (Date.now() > goodUntil) abort("fenced");
    }
  };
  return setInterval(() => void prolong(), Math.min(settings.leaseMs / 3, 5_000));
}
