import { sql, type Selectable } from "kysely";
import type { PipelineSpec } from "../../infra/spec/index.ts";
import type { Life } from "../governance/ttl.ts";
import type { StackOutputs } from "../automation/request.ts";
import type { Queries } from "./database.ts";
import type { PipelineStatus } from "../pipelines/statuses.ts";
import { sortableId } from "./ids.ts";
import type { PipelineTable } from "./schema.ts";

export type PipelineRow = Selectable<PipelineTable>;

export interface PipelineKey {
  tenant: string;
  name: string;
}

/** States of rows that are no pipelines: what only a preview knows, and tombstones. */
const notThere = ["proposed", "removed"] as const;

/** The pipeline of that name that is not removed. */
export async function findPipeline(
  db: Queries,
  key: PipelineKey,
): Promise<PipelineRow | undefined> {
  return named(db, key).executeTakeFirst();
}

/** The same, locked until the transaction ends: what happens to a pipeline happens one after the other. */
export async function lockPipeline(
  db: Queries,
  key: PipelineKey,
): Promise<PipelineRow | undefined> {
  return named(db, key).forUpdate().executeTakeFirst();
}

function named(db: Queries, { tenant, name }: PipelineKey) {
  return db
    .selectFrom("pipelines")
    .selectAll()
    .where("tenant", "=", tenant)
    .where("name", "=", name)
    .where("state", "not in", notThere);
}

/** Makes a pipeline with its first generation; undefined when the name is taken (also by a transaction that commits meanwhile). */
export async function insertPipeline(
  db: Queries,
  { tenant, name }: PipelineKey,
  spec: PipelineSpec,
): Promise<PipelineRow | undefined> {
  const row = await db
    .insertInto("pipelines")
    .values({
      id: sortableId("pl"),
      tenant,
      name,
      stack: `${tenant}.${name}`,
      state: "active",
      generation: 1,
      spec: JSON.stringify(spec),
    })
    .onConflict((conflict) =>
      // As the index is written: parameters would keep Postgres from seeing that it is the same.
      conflict
        .columns(["tenant", "name"])
        .where(sql<boolean>`state not in ('proposed', 'removed')`)
        .doNothing(),
    )
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) await insertGeneration(db, row);
  return row;
}

/** Writes down a pipeline that somebody thinks about: its name stays free until it is taken up. */
export async function insertProposed(
  db: Queries,
  { tenant, name }: PipelineKey,
  spec: PipelineSpec,
): Promise<PipelineRow> {
  const row = await db
    .insertInto("pipelines")
    .values({
      id: sortableId("pl"),
      tenant,
      name,
      stack: `${tenant}.${name}`,
      state: "proposed",
      generation: 1,
      spec: JSON.stringify(spec),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await insertGeneration(db, row);
  return row;
}

export async function lockPipelineById(db: Queries, id: string): Promise<PipelineRow> {
  return db
    .selectFrom("pipelines")
    .selectAll()
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** Gives a pipeline a new generation; it is active again if it was deleting. */
export async function replaceSpec(
  db: Queries,
  id: string,
  spec: PipelineSpec,
): Promise<PipelineRow> {
  const row = await db
    .updateTable("pipelines")
    .set((eb) => ({
      spec: JSON.stringify(spec),
      generation: eb("generation", "+", 1),
      state: "active" as const,
      ...touched(),
    }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await insertGeneration(db, row);
  return row;
}

/** How long it lives from now on. */
export async function setLife(db: Queries, id: string, life: Life): Promise<PipelineRow> {
  return db
    .updateTable("pipelines")
    .set({ ...life, ...touched() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function markWarned(db: Queries, id: string): Promise<void> {
  await db
    .updateTable("pipelines")
    .set({ warn_at: null, ...touched() })
    .where("id", "=", id)
    .execute();
}

/** A pipeline that was only proposed is one from now on. */
export async function activate(db: Queries, id: string): Promise<PipelineRow> {
  return setState(db, id, "active");
}

export async function setState(
  db: Queries,
  id: string,
  state: "active" | "deleting",
): Promise<PipelineRow> {
  return db
    .updateTable("pipelines")
    .set({ state, ...touched() })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Leaves a tombstone: the name is free again, the history stays readable. */
export async function markRemoved(db: Queries, id: string): Promise<void> {
  await db
    .updateTable("pipelines")
    .set({ state: "removed", outputs: null, removed_at: new Date(), ...touched() })
    .where("id", "=", id)
    .execute();
}

export async function setDeployed(
  db: Queries,
  id: string,
  generation: number,
  outputs: StackOutputs | null,
): Promise<void> {
  await db
    .updateTable("pipelines")
    .set({ deployed_generation: generation, outputs: JSON.stringify(outputs), ...touched() })
    .where("id", "=", id)
    .execute();
}

export async function setMonthlyUsd(db: Queries, id: string, monthlyUsd: number): Promise<void> {
  await db.updateTable("pipelines").set({ monthly_usd: monthlyUsd }).where("id", "=", id).execute();
}

/** What a tenant's other pipelines cost a month at rest. */
export async function monthlyUsdBeside(
  db: Queries,
  { tenant, id }: Pick<PipelineRow, "tenant" | "id">,
): Promise<number> {
  const row = await db
    .selectFrom("pipelines")
    .select((eb) => eb.fn.sum<number | null>("monthly_usd").as("sum"))
    .where("tenant", "=", tenant)
    .where("id", "<>", id)
    .where("state", "not in", notThere)
    .executeTakeFirstOrThrow();
  return row.sum ?? 0;
}

/** Makes the pipeline's ETag another one: something that its representation shows has changed. */
export async function touch(db: Queries, id: string): Promise<void> {
  await db.updateTable("pipelines").set(touched()).where("id", "=", id).execute();
}

export async function specOf(
  db: Queries,
  pipelineId: string,
  generation: number,
): Promise<PipelineSpec> {
  const row = await db
    .selectFrom("generations")
    .select("spec")
    .where("pipeline_id", "=", pipelineId)
    .where("generation", "=", generation)
    .executeTakeFirstOrThrow();
  return row.spec;
}

export interface PipelinePage {
  tenant: string;
  limit: number;
  /** The last row of the page before. */
  after: { name: string; id: string } | undefined;
  /** Tombstones too. */
  removed: boolean;
  /** Only those whose status is this. */
  status: PipelineStatus | undefined;
}

/** A pipeline's status follows from its latest operation that changes it; the same in SQL as `statusOf` tells it. */
const statusInSql = sql<PipelineStatus>`case
  when pipelines.state = 'removed' then 'removed'
  else coalesce((
    select case o.state
      when 'succeeded' then 'ready'
      when 'failed' then 'failed'
      when 'cancelled' then 'cancelled'
      else case o.action when 'create' then 'creating' when 'delete' then 'deleting' else 'updating' end
    end
    from operations o
    where o.pipeline_id = pipelines.id and o.action not in ('preview', 'drift')
    order by o.seq desc limit 1
  ), 'creating') end`;

/** What only a preview knew of leaves no tombstone that anybody would look for. */
const wasThere = sql<boolean>`(pipelines.state <> 'removed' or exists (
  select 1 from operations o where o.pipeline_id = pipelines.id and o.action = 'create'
))`;

/** By name; one row more than `limit` says that there is a next page. */
export async function listPipelines(db: Queries, page: PipelinePage): Promise<PipelineRow[]> {
  let query = db.selectFrom("pipelines").selectAll().where("tenant", "=", page.tenant);
  query = page.removed
    ? query.where("state", "<>", "proposed").where(wasThere)
    : query.where("state", "not in", notThere);
  if (page.status !== undefined) query = query.where(statusInSql, "=", page.status);
  if (page.after !== undefined) {
    const { name, id } = page.after;
    query = query.where(sql<boolean>`(name, id) > (${name}, ${id})`);
  }
  return query
    .orderBy("name")
    .orderBy("id")
    .limit(page.limit + 1)
    .execute();
}

/** Pipelines whose data path may be at work: built at least once and not removed. */
export async function builtPipelines(db: Queries): Promise<PipelineRow[]> {
  return db
    .selectFrom("pipelines")
    .selectAll()
    .where("state", "not in", notThere)
    .where("outputs", "is not", null)
    .orderBy("id")
    .execute();
}

function touched() {
  return { revision: sql<number>`revision + 1`, updated_at: new Date() };
}

async function insertGeneration(db: Queries, row: PipelineRow): Promise<void> {
  await db
    .insertInto("generations")
    .values({ pipeline_id: row.id, generation: row.generation, spec: JSON.stringify(row.spec) })
    .execute();
}
