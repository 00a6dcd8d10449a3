import type { Queries } from "../db/database.ts";
import { plannedSteps } from "../db/operation-events.ts";
import { queuePlace } from "../db/queue.ts";
import { queuePosition, type OperationRow } from "../db/operations.ts";
import type { Operation } from "../http/schemas.ts";
import { presentOperation, type OperationExtras } from "./present.ts";

/** An operation with what only other tables know: its place in the queue, a preview's steps, the outputs of what it built. */
export async function presentWhole(db: Queries, row: OperationRow): Promise<Operation> {
  return presentOperation(row, await extrasOf(db, row));
}

async function extrasOf(db: Queries, row: OperationRow): Promise<OperationExtras> {
  if (row.state === "queued") {
    return { position: await queuePosition(db, row), queue: await queuePlace(db, row) };
  }
  if (row.state !== "succeeded") return {};
  if (row.action === "preview") return { steps: await plannedSteps(db, row.id) };
  const pipeline = await db
    .selectFrom("pipelines")
    .select(["outputs", "deployed_generation"])
    .where("id", "=", row.pipeline_id)
    .executeTakeFirst();
  return pipeline?.deployed_generation === row.generation
    ? { outputs: pipeline.outputs?.values }
    : {};
}
