import type { Selectable } from "kysely";
import type { PipelineSpec } from "../../infra/spec/index.ts";
import type { Findings } from "../previews/findings.ts";
import type { Queries } from "./database.ts";
import type { OperationRow } from "./operations.ts";
import type { PreviewTable } from "./schema.ts";

export type PreviewRow = Selectable<PreviewTable>;

export interface NewPreview {
  operation: OperationRow;
  spec: PipelineSpec | undefined;
  generation: { from: number | null; to: number };
  by: { id: string; name: string };
  commit: string | undefined;
  lifetimeMs: number;
}

export async function insertPreview(db: Queries, preview: NewPreview): Promise<PreviewRow> {
  const { operation, spec, generation, by, commit, lifetimeMs } = preview;
  return db
    .insertInto("previews")
    .values({
      id: previewIdOf(operation.id),
      tenant: operation.tenant,
      pipeline_id: operation.pipeline_id,
      pipeline: operation.pipeline,
      operation_id: operation.id,
      state: "running",
      expires_at: new Date(Date.now() + lifetimeMs),
      by_id: by.id,
      by_name: by.name,
      commit: commit ?? null,
      generation_from: generation.from,
      generation_to: generation.to,
      spec: spec === undefined ? null : JSON.stringify(spec),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** A preview and the operation that makes it go by one number. */
export function previewIdOf(operationId: string): string {
  return operationId.replace(/^op_/, "pv_");
}

export async function findPreview(db: Queries, id: string): Promise<PreviewRow | undefined> {
  return db.selectFrom("previews").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The same, locked until the transaction ends: it is applied once. */
export async function lockPreview(db: Queries, id: string): Promise<PreviewRow | undefined> {
  return db.selectFrom("previews").selectAll().where("id", "=", id).forUpdate().executeTakeFirst();
}

/** The preview that an operation carries out. */
export async function previewApplied(
  db: Queries,
  operationId: string,
): Promise<PreviewRow | undefined> {
  return db
    .selectFrom("previews")
    .selectAll()
    .where("applied_operation_id", "=", operationId)
    .executeTakeFirst();
}

export interface PreviewPage {
  tenant: string;
  pipeline: string;
  limit: number;
  /** Id of the last row of the page before. */
  after: string | undefined;
}

/** Newest first, those of a pipeline that is not there yet too; one row more than `limit` says that there is a next page. */
export async function listPreviews(db: Queries, page: PreviewPage): Promise<PreviewRow[]> {
  let query = db
    .selectFrom("previews")
    .selectAll()
    .where("tenant", "=", page.tenant)
    .where("pipeline", "=", page.pipeline);
  if (page.after !== undefined) query = query.where("id", "<", page.after);
  return query
    .orderBy("id", "desc")
    .limit(page.limit + 1)
    .execute();
}

/** What its operation found out, in the transaction that settles it. */
export async function completePreview(
  db: Queries,
  operationId: string,
  { result, digest, approval }: NonNullable<Findings["preview"]>,
): Promise<void> {
  await db
    .updateTable("previews")
    .set({
      state: "ready",
      result: JSON.stringify(result),
      digest,
      approval: JSON.stringify(approval),
    })
    .where("operation_id", "=", operationId)
    .where("state", "=", "running")
    .execute();
}

export async function markApplied(
  db: Queries,
  id: string,
  { operationId, by }: { operationId: string; by: string },
): Promise<void> {
  await db
    .updateTable("previews")
    .set({
      state: "applied",
      applied_operation_id: operationId,
      applied_at: new Date(),
      applied_by: by,
    })
    .where("id", "=", id)
    .execute();
}

/** Operations that changed the stack, or are about to, behind the one that looked. */
export async function changesSince(db: Queries, preview: PreviewRow): Promise<OperationRow[]> {
  return db
    .selectFrom("operations")
    .selectAll()
    .where("pipeline_id", "=", preview.pipeline_id)
    .where("action", "in", ["create", "update", "delete"])
    .where((eb) => eb.or([eb("started_at", "is not", null), eb("state", "=", "queued")]))
    .where("seq", ">", (eb) =>
      eb.selectFrom("operations").select("seq").where("id", "=", preview.operation_id),
    )
    .orderBy("seq")
    .limit(10)
    .execute();
}

/** Names of resources that an operation has changed, at most `limit`. */
export async function changedBy(db: Queries, operationId: string, limit = 5): Promise<string[]> {
  const rows = await db
    .selectFrom("operation_events")
    .select("name")
    .distinct()
    .where("operation_id", "=", operationId)
    .where("status", "=", "done")
    .where("op", "not in", ["same", "read", "refresh"])
    .where("type", "not like", "pulumi:%")
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name ?? "");
}

/** Forgets the plans of previews that cannot be applied any more. */
export async function dropExpired(db: Queries): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable("previews")
    .set({ approval: null })
    .where("approval", "is not", null)
    .where("expires_at", "<", new Date())
    .where("state", "<>", "applied")
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
