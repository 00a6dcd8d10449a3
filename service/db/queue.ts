import { sql } from "kysely";
import { placeOf, type Outlook, type Place } from "../operations/queue-estimate.ts";
import { looksOneIn } from "../operations/schedule.ts";
import type { Queries } from "./database.ts";
import { slotsInAll } from "./instances.ts";
import type { OperationRow } from "./operations.ts";
import type { OperationAction } from "./schema.ts";

/** A queue that is longer is not played forward: the answer would take longer than it is worth. */
const longest = 500;
/** The durations of so many of the latest operations of an action are averaged. */
const samples = 20;

/** Where an operation stands in the queue of all services; null when it does not wait. */
export async function queuePlace(db: Queries, row: OperationRow): Promise<Place | null> {
  if (row.state !== "queued") return null;
  const waiting = await waitingNow(db);
  if (waiting.length > longest) {
    return {
      position: waiting.filter(({ seq }) => seq < Number(row.seq)).length,
      waitSeconds: null,
    };
  }
  const [running, recent, served, took, slots] = await Promise.all([
    runningNow(db),
    startedLast(db),
    servedLast(db),
    tookOfLate(db),
    slotsInAll(db),
  ]);
  const now = Date.now() / 1000;
  return placeOf(row.id, { waiting, running, recent, served, took, slots, now }) ?? null;
}

async function waitingNow(db: Queries): Promise<Outlook["waiting"]> {
  const rows = await db
    .selectFrom("operations")
    .select(["id", "tenant", "stack", "action", "seq", "created_at"])
    .where("state", "=", "queued")
    .orderBy("seq")
    .limit(longest + 1)
    .execute();
  return rows.map(({ seq, created_at, ...rest }) => ({
    ...rest,
    seq: Number(seq),
    createdAt: created_at.getTime() / 1000,
  }));
}

async function runningNow(db: Queries): Promise<Outlook["running"]> {
  const { rows } = await sql<Outlook["running"][number]>`
    select tenant, stack, action,
      extract(epoch from now() - coalesce(started_at, now()))::double precision as since
    from operations where state = 'running'`.execute(db);
  return rows;
}

async function startedLast(db: Queries): Promise<Outlook["recent"]> {
  const { rows } = await sql<{ action: OperationAction; at: number }>`
    select action, extract(epoch from started_at)::double precision as at
    from operations where started_at is not null
    order by started_at desc limit ${looksOneIn - 1}`.execute(db);
  return rows;
}

async function servedLast(db: Queries): Promise<Map<string, number>> {
  const { rows } = await sql<{ tenant: string; at: number }>`
    select w.tenant,
      (select extract(epoch from max(s.started_at))::double precision from operations s where s.tenant = w.tenant) as at
    from (select distinct tenant from operations where state = 'queued') w`.execute(db);
  return new Map(
    rows.filter(({ at }) => (at as number | null) !== null).map((r) => [r.tenant, r.at]),
  );
}

async function tookOfLate(db: Queries): Promise<Map<OperationAction, number>> {
  const { rows } = await sql<{ action: OperationAction; seconds: number }>`
    select a.action, avg(l.seconds)::double precision as seconds
    from (values ('create'), ('update'), ('delete'), ('preview'), ('drift')) a (action),
    lateral (
      select seconds from operations o
      where o.action = a.action and o.seconds is not null and o.state = 'succeeded'
      order by o.settled_at desc limit ${samples}
    ) l
    group by a.action`.execute(db);
  return new Map(rows.map(({ action, seconds }) => [action, seconds]));
}
