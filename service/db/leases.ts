import { sql } from "kysely";
import type { OperationFailure } from "../automation/request.ts";
import type { ResourceCounts } from "../automation/events.ts";
import type { ProcessIdentity } from "../automation/process-tree.ts";
import type { Db, Queries } from "./database.ts";
import type { OperationRow } from "./operations.ts";

/**
 * The queue is the operations table itself: what is queued, who runs it and how it ended are one row, so they cannot disagree.
 * (A separate job table, such as pg-boss's, would have to be reconciled with it after every crash, and its strict lanes
 * stop at a failed job.) Lanes: the oldest unsettled operation of a stack is the only one that may run; a unique index holds it.
 */
export interface Held {
  id: string;
  /** Fencing token: a settlement by an older holder changes nothing. */
  token: number;
}

/** Takes the next operation whose lane is free: of the tenant with the least under way, then the oldest. */
export async function claimNext(
  db: Queries,
  owner: string,
  leaseMs: number,
): Promise<OperationRow | undefined> {
  const { rows } = await sql<OperationRow>`
    with next as (
      select o.id from operations o
      where o.state = 'queued'
        and not exists (
          select 1 from operations e
          where e.stack = o.stack and e.state in ('queued', 'running') and e.seq < o.seq
        )
      order by
        (select count(*) from operations r where r.state = 'running' and r.tenant = o.tenant),
        o.seq
      limit 1
      for update of o skip locked
    )
    update operations set
      state = 'running',
      attempts = attempts + 1,
      started_at = coalesce(started_at, now()),
      lease_owner = ${owner},
      lease_token = lease_token + 1,
      lease_expires_at = now() + ${leaseMs} * interval '1 millisecond',
      child_pid = null,
      child_began = null
    from next where operations.id = next.id
    returning operations.*`.execute(db);
  return rows[0];
}

/** Prolongs a lease. @returns what the holder must know, or undefined when it lost the lease. */
export async function renew(
  db: Queries,
  held: Held,
  leaseMs: number,
): Promise<{ cancelRequested: boolean } | undefined> {
  const row = await db
    .updateTable("operations")
    .set({ lease_expires_at: sql<Date>`now() + ${leaseMs} * interval '1 millisecond'` })
    .where("id", "=", held.id)
    .where("lease_token", "=", held.token)
    .where("state", "=", "running")
    .returning("cancel_requested")
    .executeTakeFirst();
  return row === undefined ? undefined : { cancelRequested: row.cancel_requested };
}

export async function recordChild(db: Queries, held: Held, child: ProcessIdentity): Promise<void> {
  await db
    .updateTable("operations")
    .set({ child_pid: child.pid, child_began: child.began })
    .where("id", "=", held.id)
    .where("lease_token", "=", held.token)
    .execute();
}

export interface Settlement {
  state: "succeeded" | "failed" | "cancelled";
  counts: ResourceCounts | null;
  failure: OperationFailure | null;
  seconds: number | null;
}

/**
 * Settles an operation, exactly once: only the lease's present holder, only while it runs.
 * `alongside` changes the pipeline in the same transaction.
 * @returns whether this call settled it.
 */
export async function settle(
  db: Db,
  held: Held,
  settlement: Settlement,
  alongside: (transaction: Queries, row: OperationRow) => Promise<void>,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable("operations")
      .set({
        state: settlement.state,
        counts: json(settlement.counts),
        failure: json(settlement.failure),
        seconds: settlement.seconds,
        settled_at: new Date(),
        ...released,
      })
      .where("id", "=", held.id)
      .where("lease_token", "=", held.token)
      .where("state", "=", "running")
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return false;
    await alongside(transaction, row);
    return true;
  });
}

/** Puts an operation that was interrupted back to the head of its lane (its place in the order is its `seq`). */
export async function requeue(db: Queries, held: Held): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("operations")
    .set({ state: "queued", ...released })
    .where("id", "=", held.id)
    .where("lease_token", "=", held.token)
    .where("state", "=", "running")
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Running operations that nobody may be running: their lease is over, or its owner is on this host (and may be dead). */
export async function suspects(db: Queries, host: string): Promise<OperationRow[]> {
  return db
    .selectFrom("operations")
    .selectAll()
    .where("state", "=", "running")
    .where((eb) =>
      eb.or([
        eb("lease_expires_at", "<", sql<Date>`now()`),
        eb("lease_owner", "like", `${host.replaceAll(/[\\%_]/g, "\\$&")}:%`),
      ]),
    )
    .orderBy("seq")
    .execute();
}

/** Takes an operation over from an owner that is gone, so that the old token settles nothing any more. */
export async function takeOver(
  db: Queries,
  row: OperationRow,
  owner: string,
  leaseMs: number,
): Promise<Held | undefined> {
  const taken = await db
    .updateTable("operations")
    .set({
      lease_owner: owner,
      lease_token: row.lease_token + 1,
      lease_expires_at: sql<Date>`now() + ${leaseMs} * interval '1 millisecond'`,
    })
    .where("id", "=", row.id)
    .where("lease_token", "=", row.lease_token)
    .where("state", "=", "running")
    .returning("lease_token")
    .executeTakeFirst();
  return taken === undefined ? undefined : { id: row.id, token: taken.lease_token };
}

/** Holds a named lease that one service of several has: whoever has it, or finds it expired, gets it. */
export async function holdLease(
  db: Queries,
  name: string,
  owner: string,
  leaseMs: number,
): Promise<boolean> {
  const { rows } = await sql<{ owner: string }>`
    insert into leases (name, owner, expires_at)
    values (${name}, ${owner}, now() + ${leaseMs} * interval '1 millisecond')
    on conflict (name) do update set owner = excluded.owner, expires_at = excluded.expires_at
      where leases.owner = excluded.owner or leases.expires_at < now()
    returning owner`.execute(db);
  return rows.length === 1;
}

export async function dropLease(db: Queries, name: string, owner: string): Promise<void> {
  await db.deleteFrom("leases").where("name", "=", name).where("owner", "=", owner).execute();
}

const released = {
  lease_owner: null,
  lease_expires_at: null,
  child_pid: null,
  child_began: null,
};

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
