import { sql } from "kysely";
import type { OperationFailure } from "../automation/request.ts";
import type { ResourceCounts } from "../automation/events.ts";
import type { ProcessIdentity } from "../automation/process-tree.ts";
import type { Db, Queries } from "./database.ts";
import { looksOneIn } from "../operations/schedule.ts";
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

/**
 * Takes the next operation whose lane is free, in the order of pickNext (operations/schedule.ts), which says why: what people wait for
 * before what only looks, except that a look that three starts have passed over has its turn; then the tenant with the least under way, then the one
 * that was served longest ago, then the oldest. Several services at once take different ones.
 * @param resting tenants that may have no more at once.
 */
export async function claimNext(
  db: Queries,
  owner: string,
  leaseMs: number,
  resting: readonly string[] = [],
): Promise<OperationRow | undefined> {
  const { rows } = await sql<OperationRow>`
    with heads as (
      select o.id, o.tenant, o.seq,
        o.action in ('preview', 'drift') and not exists (
          select 1 from operations b
          where b.stack = o.stack and b.state = 'queued' and b.action not in ('preview', 'drift')
        ) as looks
      from operations o
      where o.state = 'queued'
        and (o.not_before is null or o.not_before <= now())
        and not (o.tenant = any(${[...resting]}::text[]))
        and not exists (
          select 1 from operations e
          where e.stack = o.stack and e.state in ('queued', 'running') and e.seq < o.seq
        )
    ), turn as (
      select count(*) = ${looksOneIn - 1}
        and bool_and(recent.action not in ('preview', 'drift'))
        and min(recent.started_at) > (
          select min(created_at) from operations where state = 'queued' and action in ('preview', 'drift')
        ) as of_looks
      from (
        select action, started_at from operations
        where started_at is not null order by started_at desc limit ${looksOneIn - 1}
      ) recent
    ), next as (
      select o.id from operations o join heads h on h.id = o.id cross join turn
      order by
        h.looks <> coalesce(turn.of_looks, false),
        (select count(*) from operations r where r.state = 'running' and r.tenant = h.tenant),
        (select max(s.started_at) from operations s where s.tenant = h.tenant) nulls first,
        h.seq
      limit 1
      for update of o skip locked
    )
    update operations set
      state = 'running',
      attempts = attempts + 1,
      started_at = coalesce(started_at, clock_timestamp()),
      not_before = null,
      lease_owner = ${owner},
      lease_token = lease_token + 1,
      lease_expires_at = now() + ${leaseMs} * interval '1 millisecond',
      child_pid = null,
      child_began = null,
      child_mark = null
    from next where operations.id = next.id and operations.state = 'queued'
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

/**
 * Writes down who works on an operation, before it does: whoever finds the service dead must be able to find the child.
 * @throws LeaseLost
 */
export async function recordChild(db: Queries, held: Held, child: ProcessIdentity): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable("operations")
    .set({ child_pid: child.pid, child_began: child.began, child_mark: child.mark ?? null })
    .where("id", "=", held.id)
    .where("lease_token", "=", held.token)
    .where("state", "=", "running")
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw new LeaseLost(held.id);
}

/** Somebody else has the operation by now. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";

  constructor(operation: string) {
    super(`The lease of ${operation} was lost: another service has taken the operation over.`);
  }
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

/**
 * Puts an operation that was interrupted back to the head of its lane (its place in the order is its `seq`).
 * `died`: its process did not end in order. `afterMs`: not to be taken again sooner.
 */
export async function requeue(
  db: Queries,
  held: Held,
  { died = false, afterMs = 0 }: { died?: boolean; afterMs?: number } = {},
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("operations")
    .set({
      state: "queued",
      ...released,
      ...(died ? { deaths: sql<number>`deaths + 1` } : {}),
      ...(afterMs > 0
        ? { not_before: sql<Date>`now() + ${afterMs} * interval '1 millisecond'` }
        : {}),
    })
    .where("id", "=", held.id)
    .where("lease_token", "=", held.token)
    .where("state", "=", "running")
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

export interface Suspect extends OperationRow {
  /** For how long its lease has been over, by the database's clock; negative: it is not over. */
  lapsed_ms: number;
}

/** Running operations that nobody may be running: their lease is over, or its owner is on this host (and may be dead). */
export async function suspects(db: Queries, host: string): Promise<Suspect[]> {
  const rows = await db
    .selectFrom("operations")
    .selectAll()
    .select(
      sql<number>`(extract(epoch from now() - lease_expires_at) * 1000)::double precision`.as(
        "lapsed_ms",
      ),
    )
    .where("state", "=", "running")
    .where((eb) =>
      eb.or([
        eb("lease_expires_at", "<", sql<Date>`now()`),
        eb("lease_owner", "like", `${host.replaceAll(/[\\%_]/g, "\\$&")}:%`),
      ]),
    )
    .orderBy("seq")
    .execute();
  return rows;
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
  child_mark: null,
};

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
