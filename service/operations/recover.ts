import { hostname } from "node:os";
import { endTree, isAlive, type ProcessIdentity } from "../automation/process-tree.ts";
import { renew, requeue, suspects, takeOver, type Suspect } from "../db/leases.ts";
import type { OperationRow } from "../db/operations.ts";
import { EventBuffer } from "./event-buffer.ts";
import type { Executor } from "./execute.ts";
import { freeStack } from "./free-stack.ts";

/** How much longer than its lease and its grace a child of another host is given: it counts from when it last heard of its service. */
const elsewhereMarginMs = 10_000;

/** What could not be recovered is tried again after so long. */
const soonMs = 5_000;

export interface Recovery {
  /** Operations of this process, and those it recovers already. */
  own: ReadonlySet<string>;
  stopping: () => boolean;
}

/**
 * Finds operations that were running when their service died, makes sure that nothing of them runs any more, frees the stack and
 * queues them again: the next attempt repairs the stack's state and goes on from there, or gives up (execute.ts).
 * @returns how many were recovered.
 */
export async function recover(executor: Executor, recovery: Recovery): Promise<number> {
  const host = hostname();
  const found = await suspects(executor.db, host);
  // Side by side: one that takes its grace to end does not hold up the others.
  const done = await Promise.all(
    found.map(async (row) => {
      if (recovery.stopping() || recovery.own.has(row.id)) return false;
      if (!(await isOrphaned(row, host, executor.settings.graceMs))) return false;
      return recoverOne(executor, row, host, recovery);
    }),
  );
  return done.filter(Boolean).length;
}

/**
 * On this host the proof that its owner is dead, or a lease that is over (its child can be ended here); of another host only a lease that
 * has been over for so long that the child has stopped by itself.
 */
export async function isOrphaned(
  row: Pick<Suspect, "lease_owner" | "lapsed_ms">,
  host: string,
  graceMs: number,
): Promise<boolean> {
  const owner = parseOwner(row.lease_owner);
  if (owner?.host !== host) return row.lapsed_ms > graceMs + elsewhereMarginMs;
  return row.lapsed_ms > 0 || !(await isAlive(owner.process));
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
  { stopping }: Recovery,
): Promise<boolean> {
  const { db, settings, log } = executor;
  const { id, tenant, pipeline } = row;
  const about = log.child({ operation: id, tenant, pipeline });
  // The new token comes first: whatever the old holder still does, it can no longer settle.
  const held = await takeOver(db, row, settings.instance, settings.leaseMs + settings.graceMs);
  if (held === undefined) return false;
  const events = new EventBuffer(db, id, (error) => about.error({ err: error }, "not written"));
  try {
    events.note("The service that ran this operation died, or was not heard of any more.");
    const ended = await endChild(row, host, settings.graceMs, stopping);
    if (ended === "alive") {
      about.error("the operation's process cannot be stopped; tried again later");
      await renew(db, held, soonMs);
      return false;
    }
    events.note(whatOfChild[ended]);
    const diedOn = parseOwner(row.lease_owner)?.host;
    if ((await freeStack(executor, row, events, about, diedOn)) === "held") {
      await renew(db, held, soonMs);
      return false;
    }
    events.note("It is queued again, and goes on from the state that was written.");
    await events.flush();
    const requeued = await requeue(db, held, { died: true });
    if (requeued) executor.metrics.operationRecovered("requeued");
    about.warn("operation of a dead service is queued again");
    return requeued;
  } finally {
    await events.flush();
  }
}

const whatOfChild = {
  unknown: "No process had begun to work on it.",
  elsewhere: "It ran on another host, and has stopped there: its lease is over.",
  quiet: "None of its processes is left.",
  ended: "Its processes were interrupted and have ended.",
  killed: "Its processes did not end within the grace and were killed.",
} as const;

/** The child that lost its parent interrupts its engine by itself; it is given the grace to end well, then killed. */
async function endChild(
  row: OperationRow,
  host: string,
  graceMs: number,
  stopping: () => boolean,
): Promise<keyof typeof whatOfChild | "alive"> {
  if (row.child_pid === null) return "unknown";
  if (parseOwner(row.lease_owner)?.host !== host) return "elsewhere";
  const child = { pid: row.child_pid, began: row.child_began, mark: row.child_mark };
  // The next service goes on where this one leaves off.
  return endTree(child, graceMs, stopping);
}
