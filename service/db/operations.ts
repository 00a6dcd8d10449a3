import { sql, type Selectable } from "kysely";
import type { PipelineSpec } from "../../infra/spec/index.ts";
import type { Queries } from "./database.ts";
import { currentTraceparent } from "../telemetry/trace.ts";
import { sortableId } from "./ids.ts";
import type { PipelineRow } from "./pipelines.ts";
import type { OperationAction, OperationState, OperationTable } from "./schema.ts";

export type OperationRow = Selectable<OperationTable>;

/** Queues an operation behind whatever its stack has to do already. */
export async function insertOperation(
  db: Queries,
  pipeline: PipelineRow,
  action: OperationAction,
  preview?: PipelineSpec,
  { program }: { program?: string | undefined } = {},
): Promise<OperationRow> {
  return db
    .insertInto("operations")
    .values({
      id: sortableId("op"),
      tenant: pipeline.tenant,
      pipeline_id: pipeline.id,
      pipeline: pipeline.name,
      stack: pipeline.stack,
      action,
      generation: pipeline.generation + (preview === undefined ? 0 : 1),
      state: "queued",
      traceparent: currentTraceparent() ?? null,
      program: program ?? null,
      ...(preview === undefined ? {} : { spec: JSON.stringify(preview) }),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function findOperation(db: Queries, id: string): Promise<OperationRow | undefined> {
  return db.selectFrom("operations").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The latest operation that changes the pipeline (previews do not), for each of the pipelines. */
export async function latestOperations(
  db: Queries,
  pipelineIds: readonly string[],
): Promise<Map<string, OperationRow>> {
  if (pipelineIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("operations")
    .distinctOn("pipeline_id")
    .selectAll()
    .where("pipeline_id", "in", pipelineIds)
    .where("action", "not in", ["preview", "drift"])
    .orderBy("pipeline_id")
    .orderBy("seq", "desc")
    .execute();
  return new Map(rows.map((row) => [row.pipeline_id, row]));
}

export async function latestOperation(
  db: Queries,
  pipelineId: string,
): Promise<OperationRow | undefined> {
  return (await latestOperations(db, [pipelineId])).get(pipelineId);
}

/** Whether the last change of the stack before this operation did not end well: something of it may be pending. */
export async function leftUnclean(
  db: Queries,
  operation: Pick<OperationRow, "stack" | "seq">,
): Promise<boolean> {
  const before = await db
    .selectFrom("operations")
    .select("state")
    .where("stack", "=", operation.stack)
    .where("seq", "<", operation.seq)
    .where("action", "not in", ["preview", "drift"])
    .where("started_at", "is not", null)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return before !== undefined && before.state !== "succeeded";
}

/** Those of these operations that are still to be done or under way. */
export async function unsettled(db: Queries, ids: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom("operations")
    .select("id")
    .where("id", "in", ids)
    .where("settled_at", "is", null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

export interface OperationPage {
  limit: number;
  /** Id of the last row of the page before. */
  after: string | undefined;
  tenant: string | undefined;
  /** Those of these tenants only; undefined: of all. */
  tenants: readonly string[] | undefined;
  pipeline: string | undefined;
  state: OperationState | undefined;
  action: OperationAction | undefined;
}

/** Newest first; one row more than `limit` says that there is a next page. */
export async function listOperations(db: Queries, page: OperationPage): Promise<OperationRow[]> {
  if (page.tenants?.length === 0) return [];
  let query = db.selectFrom("operations").selectAll();
  if (page.tenants !== undefined) query = query.where("tenant", "in", page.tenants);
  if (page.tenant !== undefined) query = query.where("tenant", "=", page.tenant);
  if (page.pipeline !== undefined) query = query.where("pipeline", "=", page.pipeline);
  if (page.state !== undefined) query = query.where("state", "=", page.state);
  if (page.action !== undefined) query = query.where("action", "=", page.action);
  if (page.after !== undefined) query = query.where("id", "<", page.after);
  return query
    .orderBy("id", "desc")
    .limit(page.limit + 1)
    .execute();
}

/** How many operations of the same stack come before this one; 0: it is next, or not queued any more. */
export async function queuePosition(db: Queries, row: OperationRow): Promise<number> {
  if (row.state !== "queued") return 0;
  const { before } = await db
    .selectFrom("operations")
    .select((eb) => eb.fn.countAll<string | number>().as("before"))
    .where("stack", "=", row.stack)
    .where("seq", "<", row.seq)
    .where("state", "in", ["queued", "running"])
    .executeTakeFirstOrThrow();
  return Number(before);
}

/** An operation that was settled before it began: to be counted once its transaction is through. */
export type Unqueued = Pick<OperationRow, "action"> & { code: "cancelled" | "superseded" };

/** Cancels what has not begun: a queued operation never touched the stack. */
export async function cancelQueued(
  db: Queries,
  where: { pipelineId: string } | { id: string },
  reason: string,
): Promise<Unqueued[]> {
  const code = "cancelled";
  const failure = unbegun(code, reason, "");
  let query = db
    .updateTable("operations")
    .set({ state: "cancelled", settled_at: new Date(), failure })
    .where("state", "=", "queued");
  query =
    "id" in where
      ? query.where("id", "=", where.id)
      : query.where("pipeline_id", "=", where.pipelineId);
  const rows = await query.returning("action").execute();
  return rows.map(({ action }) => ({ action, code }));
}

/** Cancels builds of older generations that have not begun: a burst of changes becomes one build, of the latest. */
export async function supersedeQueued(db: Queries, by: OperationRow): Promise<Unqueued[]> {
  const code = "superseded";
  const reason = `Generation ${by.generation} took its place before it began.`;
  const failure = unbegun(code, reason, ` Follow ${by.id}.`);
  const rows = await db
    .updateTable("operations")
    .set({ state: "cancelled", settled_at: new Date(), failure })
    .where("state", "=", "queued")
    .where("pipeline_id", "=", by.pipeline_id)
    .where("action", "in", ["create", "update"])
    .where("id", "<>", by.id)
    .returning("action")
    .execute();
  return rows.map(({ action }) => ({ action, code }));
}

/** Why it does not run; one that was queued again, after its process had died, may have done something before. */
function unbegun(code: Unqueued["code"], message: string, follow: string) {
  const failure = (remedy: string): string =>
    JSON.stringify({ code, message, resource: null, remedy: remedy + follow });
  const untouched = failure("Nothing was changed by this operation.");
  const touched = failure(
    "An attempt of it had begun and died: what that left is put in order by the next operation.",
  );
  return sql<string>`case when attempts = 0 then ${untouched}::json else ${touched}::json end`;
}

/** Asks whoever runs the operation to interrupt it. */
export async function requestCancel(db: Queries, id: string): Promise<void> {
  await db
    .updateTable("operations")
    .set({ cancel_requested: true })
    .where("id", "=", id)
    .where("state", "=", "running")
    .execute();
}
