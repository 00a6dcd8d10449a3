import { sql } from "kysely";
import type { Queries } from "./database.ts";
import { sortableId } from "./ids.ts";
import type { PipelineRow } from "./pipelines.ts";

export const classes = ["replacement", "failure", "update", "none", "pending"] as const;
export type BlastClass = (typeof classes)[number];

export interface BlastRow {
  id: string;
  created_at: Date;
  by_name: string;
  program: string | null;
}

export interface BlastItem {
  tenant: string;
  pipeline: string;
  class: BlastClass;
  operation_id: string;
  counts: Record<string, number> | null;
  message: string | null;
}

export async function insertBlast(
  db: Queries,
  { by, program }: { by: string; program: string | null },
): Promise<BlastRow> {
  return db
    .insertInto("blast_radius")
    .values({ id: sortableId("blast"), by_name: by, program })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function linkBlast(db: Queries, blastId: string, operationId: string): Promise<void> {
  await db
    .insertInto("blast_pipelines")
    .values({ blast_id: blastId, operation_id: operationId })
    .execute();
}

/** Whether an operation is one of a blast radius. */
export async function isOfBlast(db: Queries, operationId: string): Promise<boolean> {
  const row = await db
    .selectFrom("blast_pipelines")
    .select("blast_id")
    .where("operation_id", "=", operationId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function findBlast(db: Queries, id: string): Promise<BlastRow | undefined> {
  return db.selectFrom("blast_radius").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Pipelines that are built and wanted: all, or so many by chance. */
export async function builtByChance(
  db: Queries,
  sample: number | undefined,
): Promise<Pick<PipelineRow, "tenant" | "name">[]> {
  const query = db
    .selectFrom("pipelines")
    .select(["tenant", "name"])
    .where("state", "=", "active")
    .where("deployed_generation", "is not", null);
  return sample === undefined
    ? query.orderBy("id").execute()
    : query
        .orderBy(sql`random()`)
        .limit(sample)
        .execute();
}

/** What a program would do to a pipeline, told by the counts of its preview. */
const classOf = sql<BlastClass>`
  case
    when o.state in ('failed', 'cancelled') then 'failure'
    when o.settled_at is null then 'pending'
    when coalesce((o.counts ->> 'replace')::integer, 0)
      + coalesce((o.counts ->> 'delete')::integer, 0) > 0 then 'replacement'
    when coalesce((o.counts ->> 'update')::integer, 0)
      + coalesce((o.counts ->> 'create')::integer, 0) > 0 then 'update'
    else 'none'
  end`;

/** How many pipelines, and how many tenants by the worst of theirs, are in each class. */
export async function sumBlast(
  db: Queries,
  id: string,
): Promise<{ class: BlastClass; pipelines: number; tenants: number }[]> {
  const { rows } = await sql<{ class: BlastClass; pipelines: string; tenants: string }>`
    with items as (
      select o.tenant, ${classOf} as class
      from blast_pipelines b
        join operations o on o.id = b.operation_id
      where b.blast_id = ${id}
    ), worst as (
      select tenant, min(array_position(array['replacement', 'failure', 'update', 'pending', 'none'], class)) as rank
      from items group by tenant
    )
    select k.class,
      (select count(*) from items i where i.class = k.class) as pipelines,
      (select count(*) from worst w where
        (array['replacement', 'failure', 'update', 'pending', 'none'])[w.rank] = k.class) as tenants
    from unnest(array['replacement', 'failure', 'update', 'none', 'pending']) as k (class)`.execute(
    db,
  );
  return rows.map((row) => ({
    class: row.class,
    pipelines: Number(row.pipelines),
    tenants: Number(row.tenants),
  }));
}

export interface BlastPage {
  id: string;
  class: BlastClass | undefined;
  limit: number;
  /** Rank and operation of the last row of the page before. */
  after: readonly [number, string] | undefined;
}

/** The dangerous first; one row more than `limit` says that there is a next page. */
export async function listBlast(
  db: Queries,
  page: BlastPage,
): Promise<(BlastItem & { rank: number })[]> {
  const [rank, operation] = page.after ?? [-1, ""];
  const { rows } = await sql<BlastItem & { rank: number }>`
    with items as (
      select o.tenant, o.pipeline, o.id as operation_id, ${classOf} as class,
        o.counts, o.failure ->> 'message' as message
      from blast_pipelines b
        join operations o on o.id = b.operation_id
      where b.blast_id = ${page.id}
    ), ranked as (
      select *, array_position(array['replacement', 'failure', 'update', 'none', 'pending'], class) as rank
      from items
    )
    select * from ranked
    where (rank, operation_id collate "C") > (${rank}::integer, ${operation})
      and (${page.class ?? null}::text is null or class = ${page.class ?? null})
    order by rank, operation_id collate "C"
    limit ${page.limit + 1}`.execute(db);
  return rows;
}
