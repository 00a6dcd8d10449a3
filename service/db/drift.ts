import { sql } from "kysely";
import type { PreviewStep } from "../previews/schema.ts";
import type { Queries } from "./database.ts";
import { touch, type PipelineRow } from "./pipelines.ts";

export interface DriftFound {
  operation_id: string;
  steps: PreviewStep[];
}

/** What a look found, in the transaction that settles it. */
export async function keepDrift(
  db: Queries,
  { pipelineId, operationId }: { pipelineId: string; operationId: string },
  steps: readonly PreviewStep[],
): Promise<void> {
  const found = { operation_id: operationId, steps: JSON.stringify(steps) };
  await db
    .insertInto("drift")
    .values({ pipeline_id: pipelineId, ...found })
    .onConflict((conflict) => conflict.column("pipeline_id").doUpdateSet(found))
    .execute();
  await setDrifted(db, pipelineId, steps.length);
  await touch(db, pipelineId);
}

/** After an update, which has looked as well and has put back what it found. */
export async function clearDrift(db: Queries, pipelineId: string): Promise<void> {
  await db.deleteFrom("drift").where("pipeline_id", "=", pipelineId).execute();
  await setDrifted(db, pipelineId, 0);
}

async function setDrifted(db: Queries, pipelineId: string, drifted: number): Promise<void> {
  await db
    .updateTable("pipelines")
    .set({ drifted, drift_looked_at: new Date() })
    .where("id", "=", pipelineId)
    .execute();
}

export async function findDrift(db: Queries, pipelineId: string): Promise<DriftFound | undefined> {
  return db
    .selectFrom("drift")
    .select(["operation_id", "steps"])
    .where("pipeline_id", "=", pipelineId)
    .executeTakeFirst();
}

export interface DriftPage {
  limit: number;
  /** Id of the last row of the page before. */
  after: string | undefined;
  /** Only those that have drifted. */
  drifted: boolean;
}

/** Pipelines that are built, of all tenants; one row more than `limit` says that there is a next page. */
export async function listDrift(db: Queries, page: DriftPage): Promise<PipelineRow[]> {
  let query = db
    .selectFrom("pipelines")
    .selectAll()
    .where("state", "in", ["active", "deleting"])
    .where("deployed_generation", "is not", null);
  if (page.drifted) query = query.where("drifted", ">", 0);
  if (page.after !== undefined) query = query.where("id", ">", page.after);
  return query
    .orderBy("id")
    .limit(page.limit + 1)
    .execute();
}

/** Pipelines that are at rest and that nobody has looked at for so long, the longest first. */
export async function dueForLook(
  db: Queries,
  everyMs: number,
  limit: number,
): Promise<PipelineRow[]> {
  const since = sql<Date>`now() - ${everyMs} * interval '1 millisecond'`;
  return db
    .selectFrom("pipelines")
    .selectAll()
    .where("state", "=", "active")
    .where("outputs", "is not", null)
    .where((eb) => eb(eb.fn.coalesce("drift_looked_at", "created_at"), "<", since))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom("operations")
            .select("operations.id")
            .whereRef("operations.pipeline_id", "=", "pipelines.id")
            .where((or) =>
              or.or([
                or("operations.settled_at", "is", null),
                or.and([
                  or("operations.action", "=", "drift"),
                  or("operations.created_at", ">", since),
                ]),
              ]),
            ),
        ),
      ),
    )
    .orderBy((eb) => eb.fn.coalesce("drift_looked_at", "created_at"))
    .limit(limit)
    .execute();
}

/** A look that is queued or under way. */
export async function lookUnderWay(db: Queries, pipelineId: string) {
  return db
    .selectFrom("operations")
    .selectAll()
    .where("pipeline_id", "=", pipelineId)
    .where("action", "=", "drift")
    .where("settled_at", "is", null)
    .executeTakeFirst();
}
