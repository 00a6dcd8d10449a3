import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { operationEnvironment } from "../automation/environment.ts";
import { isAlive, killTree, signal } from "../automation/process-tree.ts";
import type { ProcessIdentity } from "../automation/process-tree.ts";
import { releaseStackLock } from "../automation/stack-lock.ts";
import { insertEvents, nextEventNumber } from "../db/operation-events.ts";
import { requeue, suspects, takeOver, type Held } from "../db/leases.ts";
import type { OperationRow } from "../db/operations.ts";
import { touch } from "../db/pipelines.ts";
import type { Executor } from "./execute.ts";
import { workFolder } from "./request-for.ts";
import { settleCounted } from "./settle.ts";

/** After so many attempts that ended without a word, an operation counts as failed. */
const mostAttempts = 3;

/**
 * Finds operations that were running when their service died, makes sure that nothing of them runs any more, frees the stack and
 * queues them again (an `up` goes on from the state that was written), or settles them after too many attempts.
 * @returns how many were recovered.
 */
export async function recover(
  executor: Executor,
  { own, stopping }: { own: ReadonlySet<string>; stopping: () => boolean },
): Promise<number> {
  const host = hostname();
  let recovered = 0;
  for (const row of await suspects(executor.db, host)) {
    if (stopping()) break;
    if (own.has(row.id) || !(await isOrphaned(row, host))) continue;
    if (await recoverOne(executor, row, host, stopping)) recovered += 1;
  }
  return recovered;
}

/** A lease that is over says so by itself; before that only the proof that its owner is dead does. */
async function isOrphaned(row: OperationRow, host: string): Promise<boolean> {
  if (row.lease_expires_at !== null && row.lease_expires_at.getTime() < Date.now()) return true;
  const owner = parseOwner(row.lease_owner);
  return owner?.host === host && !(await isAlive(owner.process));
}

/** `host:pid:began`, as instanceName writes it; a host's name holds no colon. */
export function parseOwner(
  owner: string | null,
): { host: string; process: ProcessIdentity } | undefined {
  const match = /^([^:]*):(\d+):(.*)$/.exec(owner ?? "");
  if (match === null) return undefined;
  const [, host = "", pid = "", began = ""] = match;
  return { host, process: { pid: Number(pid), began: began === "" ? null : began } };
}

async function recoverOne(
  executor: Executor,
  row: OperationRow,
  host: string,
  stopping: () => boolean,
): Promise<boolean> {
  const { db, settings, log } = executor;
  // The new token comes first: whatever the old holder still does, it can no longer settle.
  const held = await takeOver(db, row, settings.instance, settings.leaseMs + settings.graceMs);
  if (held === undefined) return false;
  const about = log.child({ operation: row.id, tenant: row.tenant, pipeline: row.pipeline });
  const child = childOf(row, host);
  if (child !== undefined && !(await isGone(child, settings.graceMs, stopping))) {
    about.error({ pid: child.pid }, "the operation's process cannot be stopped; tried again later");
    return false;
  }
  if (!(await freeStack(executor, row, about))) return false;
  if (row.attempts >= mostAttempts) return giveUp(executor, row, held);
  await note(
    executor,
    row,
    "The service that ran this operation died. It begins again from the state that was written.",
  );
  about.warn("operation of a dead service is queued again");
  const requeued = await requeue(db, held);
  if (requeued) executor.metrics.operationRecovered("requeued");
  return requeued;
}

/** The child, when it ran on this host. On another host its own heartbeat has stopped it when the lease ran out. */
function childOf(row: OperationRow, host: string): ProcessIdentity | undefined {
  if (row.child_pid === null || parseOwner(row.lease_owner)?.host !== host) return undefined;
  return { pid: row.child_pid, began: row.child_began };
}

/** A child that lost its parent interrupts the engine by itself; it is given the grace to end well, then killed. */
async function isGone(
  child: ProcessIdentity,
  graceMs: number,
  stopping: () => boolean,
): Promise<boolean> {
  if (!(await isAlive(child))) return true;
  signal(child.pid, "SIGINT");
  const end = Date.now() + graceMs;
  while (Date.now() < end) {
    if (!(await isAlive(child))) return true;
    // The next service goes on where this one leaves off.
    if (stopping()) return false;
    await delay(100);
  }
  return killTree(child);
}

async function freeStack(executor: Executor, row: OperationRow, log: Logger): Promise<boolean> {
  const { settings, env } = executor;
  try {
    const lock = await releaseStackLock({
      stack: row.stack,
      engine: settings.engine,
      workDir: workFolder(settings, row),
      env: operationEnvironment(env),
    });
    if (typeof lock === "object") {
      log.warn(
        { holder: lock.heldBy },
        "the stack is locked by a process that lives; tried again later",
      );
      return false;
    }
    if (lock === "released") await note(executor, row, "The stack's lock was released.");
    return true;
  } catch (error) {
    log.error({ err: error }, "the stack's lock could not be inspected; tried again later");
    return false;
  }
}

async function giveUp(executor: Executor, row: OperationRow, held: Held): Promise<boolean> {
  const failure = {
    code: "interrupted",
    message: `The operation's process died ${row.attempts} times before it was done.`,
    resource: null,
    remedy: "Look for a lack of memory on the host, then PUT the spec again.",
  };
  const settlement = { state: "failed" as const, counts: null, failure, seconds: null };
  const settled = await settleCounted(executor, held, settlement, (transaction) =>
    touch(transaction, row.pipeline_id),
  );
  if (settled) executor.metrics.operationRecovered("failed");
  return settled;
}

async function note({ db }: Executor, row: OperationRow, message: string): Promise<void> {
  const seq = await nextEventNumber(db, row.id);
  await insertEvents(db, row.id, [
    { seq, event: { kind: "note", at: new Date().toISOString(), message } },
  ]);
}
