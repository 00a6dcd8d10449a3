import { sql, type Selectable } from "kysely";
import type { Failure, RunTotals } from "../../runtime/ledger/books.ts";
import type { Problem } from "../runs/problems.ts";
import type { Queries } from "./database.ts";
import { sortableId } from "./ids.ts";
import type { PipelineRow } from "./pipelines.ts";
import type { RunState, RunTable } from "./schema.ts";

export type RunRow = Selectable<RunTable>;

export interface RunBooks {
  state: RunState;
  waiting: number | null;
  totals: RunTotals;
  failures: Failure[];
  problems: Problem[];
  closedAt: Date | null;
}

export async function insertRun(
  db: Queries,
  pipeline: Pick<PipelineRow, "id" | "tenant" | "name">,
  openedAt: Date,
  books: RunBooks,
): Promise<RunRow> {
  return db
    .insertInto("runs")
    .values({
      id: sortableId("run", openedAt),
      pipeline_id: pipeline.id,
      tenant: pipeline.tenant,
      pipeline: pipeline.name,
      opened_at: openedAt,
      ...columns(books),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function saveRun(db: Queries, id: string, books: RunBooks): Promise<void> {
  await db
    .updateTable("runs")
    .set({ ...columns(books), updated_at: new Date() })
    .where("id", "=", id)
    .execute();
}

/** Forgets a run that turned out to hold nothing. */
export async function dropRun(db: Queries, id: string): Promise<void> {
  await db.deleteFrom("ledger_files").where("run_id", "=", id).execute();
  await db.deleteFrom("runs").where("id", "=", id).execute();
}

export async function findRun(
  db: Queries,
  pipelineId: string,
  id: string,
): Promise<RunRow | undefined> {
  return db
    .selectFrom("runs")
    .selectAll()
    .where("pipeline_id", "=", pipelineId)
    .where("id", "=", id)
    .executeTakeFirst();
}

export async function openRun(db: Queries, pipelineId: string): Promise<RunRow | undefined> {
  return db
    .selectFrom("runs")
    .selectAll()
    .where("pipeline_id", "=", pipelineId)
    .where("state", "=", "open")
    .executeTakeFirst();
}

export interface RunPage {
  pipelineId: string;
  limit: number;
  /** Id of the last row of the page before. */
  after: string | undefined;
  state: RunState | undefined;
}

/** Newest first; one row more than `limit` says that there is a next page. */
export async function listRuns(db: Queries, page: RunPage): Promise<RunRow[]> {
  let query = db.selectFrom("runs").selectAll().where("pipeline_id", "=", page.pipelineId);
  if (page.state !== undefined) query = query.where("state", "=", page.state);
  if (page.after !== undefined) query = query.where("id", "<", page.after);
  return query
    .orderBy("id", "desc")
    .limit(page.limit + 1)
    .execute();
}

/** The keys among these that have been read already. */
export async function filesRead(
  db: Queries,
  pipelineId: string,
  keys: readonly string[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db
    .selectFrom("ledger_files")
    .select("key")
    .where("pipeline_id", "=", pipelineId)
    .where("key", "in", keys)
    .execute();
  return new Set(rows.map(({ key }) => key));
}

/** The newest ledger file of a pipeline that has been read. */
export async function lastFileRead(db: Queries, pipelineId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom("ledger_files")
    .select("key")
    .where("pipeline_id", "=", pipelineId)
    .orderBy("key", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.key;
}

export async function insertFile(
  db: Queries,
  file: { pipelineId: string; key: string; runId: string; entries: number },
): Promise<void> {
  await db
    .insertInto("ledger_files")
    .values({
      pipeline_id: file.pipelineId,
      key: file.key,
      run_id: file.runId,
      entries: file.entries,
    })
    .onConflict((conflict) => conflict.columns(["pipeline_id", "key"]).doNothing())
    .execute();
}

/** A run's ledger files, newest first, at most `limit` of those before `before`. */
export async function filesOf(
  db: Queries,
  runId: string,
  limit: number,
  before?: { key: string; inclusive: boolean },
): Promise<string[]> {
  let query = db.selectFrom("ledger_files").select("key").where("run_id", "=", runId);
  if (before !== undefined) query = query.where("key", before.inclusive ? "<=" : "<", before.key);
  const rows = await query.orderBy("key", "desc").limit(limit).execute();
  return rows.map(({ key }) => key);
}

function columns(books: RunBooks) {
  return {
    state: books.state,
    waiting: books.waiting,
    totals: JSON.stringify(books.totals),
    failures: JSON.stringify(books.failures),
    problems: JSON.stringify(books.problems),
    closed_at: books.closedAt,
  };
}

/** Ends the open runs of pipelines that were removed: complete only if nothing was waiting, failed or held. */
export async function closeRunsOfRemoved(db: Queries): Promise<void> {
  await sql`
    update runs set
      state = case
        when coalesce(waiting, 1) = 0
          and (totals -> 'failed' ->> 'objects')::bigint = 0
          and (totals -> 'held' ->> 'objects')::bigint = 0
        then 'complete' else 'incomplete' end,
      closed_at = now(),
      updated_at = now()
    from pipelines
    where pipelines.id = runs.pipeline_id and pipelines.state = 'removed' and runs.state = 'open'
  `.execute(db);
}
