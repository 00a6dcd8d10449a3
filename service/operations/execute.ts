import { rm } from "node:fs/promises";
import type { Logger } from "pino";
import type { OperationChild } from "../automation/child-process.ts";
import { diedUnasked, spawnOperation, type SpawnOptions } from "../automation/run-operation.ts";
import type { OperationRequest, OperationResult } from "../automation/request.ts";
import type { Db } from "../db/database.ts";
import { LeaseLost, recordChild, type Held } from "../db/leases.ts";
import { leftUnclean, type OperationRow } from "../db/operations.ts";
import { specOf, type PipelineRow } from "../db/pipelines.ts";
import { withOversight } from "../previews/oversight.ts";
import type { Settings } from "../settings.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { currentTraceId } from "../telemetry/trace.ts";
import { conclude, settleBroken, type Conclusion } from "./conclude.ts";
import { EventBuffer } from "./event-buffer.ts";
import { Heartbeat } from "./heartbeat.ts";
import { requestFor } from "./request-for.ts";
import { looks } from "./schedule.ts";
import { traceAttempt, traced } from "./trace.ts";

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
  /** A child that was started before there was something to do. */
  takeChild?: () => OperationChild | undefined;
  /** Told when an operation has changed a pipeline. */
  settled?: () => void;
}

/** Why an operation was interrupted by us. `shutdown` puts it back into the queue; `fenced` leaves it to whoever took it over. */
export type Interruption = "cancel" | "shutdown" | "fenced";

/** After so many deaths of its process, an operation is only cleaned up after, and counts as failed. */
export const mostDeaths = 3;

/** What one attempt works with. */
export interface Attempt {
  executor: Executor;
  operation: OperationRow;
  held: Held;
  stop: AbortController;
  heart: Heartbeat;
  events: EventBuffer;
  log: Logger;
}

/**
 * Carries one claimed operation to its end: engine, events, heartbeat, settlement. Never rejects: what goes wrong on our side
 * settles the operation as failed, unless the lease was lost.
 */
export function execute(
  executor: Executor,
  operation: OperationRow,
  stop: AbortController,
): Promise<void> {
  return traceAttempt(operation, () => carryOut(executor, operation, stop));
}

async function carryOut(
  executor: Executor,
  operation: OperationRow,
  stop: AbortController,
): Promise<string | null> {
  const held: Held = { id: operation.id, token: operation.lease_token };
  const { id, tenant, pipeline, action } = operation;
  const traceId = currentTraceId();
  const log = executor.log.child({
    ...{ operation: id, tenant, pipeline, action },
    ...(traceId === undefined ? {} : { trace: traceId }),
  });
  const heart = new Heartbeat(executor, held, stop, log);
  const events = new EventBuffer(executor.db, id, (error) => {
    log.error({ err: error }, "events were not written");
  });
  const attempt = { executor, operation, held, stop, heart, events, log };
  try {
    const conclusion = await run(attempt);
    await conclude(attempt, conclusion);
    return "result" in conclusion ? (conclusion.result.failure?.code ?? null) : conclusion.end;
  } catch (error) {
    log.error({ err: error }, "the operation could not be carried out");
    if (error instanceof LeaseLost) events.close();
    else await settleBroken(attempt, error);
    return "service-failed";
  } finally {
    heart.stop();
  }
}

async function run(attempt: Attempt): Promise<Conclusion> {
  const { executor, operation, heart, events, log } = attempt;
  const { db, settings, metrics } = executor;
  const { pipeline, spec, repair } = await heart.persist(() => lookUp(db, operation));
  if (operation.attempts === 1) {
    metrics.operationBegan(operation.action, (Date.now() - operation.created_at.getTime()) / 1000);
  }
  if (operation.attempts > 1) events.note(`Attempt ${operation.attempts} begins.`);
  log.info({ attempt: operation.attempts }, "operation begins");
  const wanted = await withOversight(
    executor,
    operation,
    requestFor(operation, pipeline, spec, settings),
    pipeline.deployed_generation !== null,
  );
  const request = repair ? { ...wanted, repair } : wanted;
  try {
    return await act(attempt, request);
  } finally {
    await rm(request.workDir, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function lookUp(db: Db, operation: OperationRow) {
  const pipeline = await db
    .selectFrom("pipelines")
    .selectAll()
    .where("id", "=", operation.pipeline_id)
    .executeTakeFirstOrThrow();
  const spec =
    operation.spec ?? (await specOf(db, pipeline.id, specGeneration(operation, pipeline)));
  const repair =
    !looks(operation.action) && (operation.attempts > 1 || (await leftUnclean(db, operation)));
  return { pipeline, spec, repair };
}

/** The engine's run; and when it may have been in the middle of something, another that says how far it came. */
async function act(attempt: Attempt, request: OperationRequest): Promise<Conclusion> {
  const { operation, stop, events } = attempt;
  const givenUp = operation.deaths >= mostDeaths;
  if (givenUp || (operation.cancel_requested && operation.attempts > 1)) {
    events.note(
      givenUp
        ? `Its process died ${operation.deaths} times: it is not tried again.`
        : "It was to be cancelled when its process died: it is not begun again.",
    );
    await refreshState(attempt, request);
    return { end: givenUp ? "given-up" : "cancelled-after-death" };
  }
  const result = await runEngine(attempt, request, stop.signal);
  const reason = stop.signal.reason as Interruption | undefined;
  if (reason === "fenced") return { end: "fenced" };
  if (diedUnasked(result.failure?.code)) return { end: "died", result };
  if (result.forced && reason !== "shutdown") await refreshState(attempt, request);
  return { end: "ended", result };
}

function runEngine(
  { executor, held, heart, events }: Attempt,
  request: OperationRequest,
  signal: AbortSignal,
): Promise<OperationResult> {
  const { db, env, settings, takeChild, runEngine: engine = spawnOperation } = executor;
  return traced(engine)(request, {
    env,
    signal,
    deadlineMs: settings.deadlineMs,
    graceMs: settings.graceMs,
    leashMs: settings.leaseMs,
    onEvent: (event) => events.add(event),
    onNote: (message) => events.note(message),
    onSpawn: (child) => heart.persist(() => recordChild(db, held, child)),
    ...(takeChild === undefined ? {} : { takeChild }),
  });
}

/** Makes the state say what is there, after an engine that was killed. It changes nothing in the clouds, and need not succeed. */
async function refreshState(attempt: Attempt, request: OperationRequest): Promise<void> {
  const { operation, events, log } = attempt;
  if (looks(operation.action)) return;
  const lost = new AbortController();
  const { signal } = attempt.stop;
  const onAbort = (): void => {
    if (signal.reason !== "cancel") lost.abort();
  };
  signal.addEventListener("abort", onAbort);
  onAbort();
  try {
    events.note("The stack's state is refreshed, so that it says what is there.");
    const refresh = { ...request, action: "refresh" as const, refresh: false, repair: true };
    const { outcome, failure } = await runEngine(attempt, refresh, lost.signal);
    const why =
      failure === null ? "" : `: ${failure.code}, ${failure.message.split("\n")[0] ?? ""}`;
    events.note(
      outcome === "succeeded" ? "The state is true again." : `The state was not refreshed${why}`,
    );
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    log.warn({ err: error }, "the state could not be refreshed; the next operation does it");
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A delete destroys what the newest generation describes; anything else builds its own generation. */
function specGeneration(operation: OperationRow, pipeline: PipelineRow): number {
  return operation.action === "delete" ? pipeline.generation : operation.generation;
}
