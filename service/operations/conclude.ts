import type { OperationFailure, OperationResult } from "../automation/request.ts";
import type { Queries } from "../db/database.ts";
import { requeue, type Settlement } from "../db/leases.ts";
import { clearDrift } from "../db/drift.ts";
import type { OperationRow } from "../db/operations.ts";
import { markRemoved, setDeployed, touch } from "../db/pipelines.ts";
import { keepFindings } from "../previews/keep.ts";
import { mostDeaths, type Attempt } from "./execute.ts";
import { freeStack } from "./free-stack.ts";
import { settleCounted } from "./settle.ts";

/** How an attempt ended. `died`: its process did, without a word, and not because we killed it. */
export type Conclusion =
  | { end: "ended" | "died"; result: OperationResult }
  | { end: "given-up" | "cancelled-after-death" | "fenced" };

/** How long a stack that somebody else holds is left alone, and for how long in all. */
const lockedAgainMs = 10_000;
const lockedAtMostMs = 10 * 60_000;

/** Settles the operation, or puts it back into the queue; nothing when somebody else has it by now. */
export async function conclude(attempt: Attempt, conclusion: Conclusion): Promise<void> {
  if (conclusion.end === "fenced") {
    attempt.events.close();
    return;
  }
  await attempt.events.flush();
  switch (conclusion.end) {
    case "given-up":
      return settleWith(attempt, failed(givenUp(attempt.operation)));
    case "cancelled-after-death":
      return settleWith(attempt, { ...failed(cancelled), state: "cancelled" });
    case "died":
      return again(attempt, conclusion.result);
    case "ended":
      return ended(attempt, conclusion.result);
  }
}

async function ended(attempt: Attempt, result: OperationResult): Promise<void> {
  const { executor, operation, held, stop, heart, events, log } = attempt;
  if (stop.signal.reason === "shutdown" && result.outcome !== "succeeded") {
    await heart.persist(() => requeue(executor.db, held));
    log.info("operation was interrupted by the shutdown and is queued again");
    return;
  }
  if (result.failure?.code === "stack-locked" && waitedMs(operation) < lockedAtMostMs) {
    const freed = (await freeStack(executor, operation, events, log)) === "released";
    if (!freed) events.note("The stack is held by somebody else. Tried again soon.");
    await events.flush();
    await heart.persist(() => requeue(executor.db, held, { afterMs: freed ? 0 : lockedAgainMs }));
    log.info("its stack was locked: queued again");
    return;
  }
  const { outcome: state, changes: counts, failure, seconds } = result;
  await settleWith(attempt, { state, counts, failure, seconds }, (transaction, row) =>
    applyToPipeline(transaction, row, result),
  );
}

/** Its process died and left nothing running: it goes on from the state that was written. */
async function again(attempt: Attempt, result: OperationResult): Promise<void> {
  const { executor, held, heart, events, log } = attempt;
  events.note(`${result.failure?.message ?? "Its process died."} It begins again.`);
  await events.flush();
  const requeued = await heart.persist(() => requeue(executor.db, held, { died: true }));
  if (requeued) executor.metrics.operationRecovered("requeued");
  log.warn({ failure: result.failure }, "its process died: queued again");
}

function waitedMs({ started_at }: OperationRow): number {
  return started_at === null ? 0 : Date.now() - started_at.getTime();
}

async function settleWith(
  { executor, held, heart, log }: Attempt,
  settlement: Settlement,
  alongside = touchPipeline,
): Promise<void> {
  const settled = await heart.persist(() => settleCounted(executor, held, settlement, alongside));
  executor.settled?.();
  const { state: outcome, seconds, counts, failure } = settlement;
  const summary = { outcome, seconds, counts };
  if (!settled) log.warn(summary, "operation was settled by another holder of its lease");
  else if (outcome === "failed") log.warn({ ...summary, failure }, "operation failed");
  else log.info(summary, `operation ${outcome}`);
}

async function touchPipeline(transaction: Queries, row: OperationRow): Promise<void> {
  await touch(transaction, row.pipeline_id);
}

/** What a settled operation means for its pipeline; part of the settlement's transaction. */
async function applyToPipeline(
  transaction: Queries,
  operation: OperationRow,
  result: OperationResult,
): Promise<void> {
  if (operation.action === "preview" || operation.action === "drift")
    return keepFindings(transaction, operation, result);
  if (result.outcome !== "succeeded") return touch(transaction, operation.pipeline_id);
  if (operation.action === "delete") return markRemoved(transaction, operation.pipeline_id);
  await keepFindings(transaction, operation, result);
  await clearDrift(transaction, operation.pipeline_id);
  await setDeployed(transaction, operation.pipeline_id, operation.generation, result.outputs);
}

/** Something on our side went wrong before the engine could say how it ended. */
export async function settleBroken(attempt: Attempt, error: unknown): Promise<void> {
  const failure = {
    code: "service-failed",
    message: error instanceof Error ? error.message : String(error),
    resource: null,
    remedy: "Read the service's log for this operation, then PUT the spec again.",
  };
  await settleWith(attempt, failed(failure)).catch((second: unknown) => {
    attempt.log.error(
      { err: second },
      "and could not be settled: its lease runs out, then it is recovered",
    );
  });
}

function failed(failure: OperationFailure): Settlement {
  return { state: "failed", counts: null, failure, seconds: null };
}

function givenUp({ deaths }: OperationRow): OperationFailure {
  return {
    code: "interrupted",
    message: `The operation's process died ${Math.max(deaths, mostDeaths)} times before it was done.`,
    resource: null,
    remedy: "Look for a lack of memory on the host, then PUT the spec again.",
  };
}

const cancelled: OperationFailure = {
  code: "cancelled",
  message: "Its process died while it was being cancelled.",
  resource: null,
  remedy: "PUT the spec again to go on from what is there, or DELETE the pipeline.",
};
