import type { Context } from "../context.ts";
import { findOperation } from "../db/operations.ts";
import type { PreviewRow } from "../db/previews.ts";
import { lookAtWorld, whatMoved } from "./moved.ts";
import { presentPreview } from "./present.ts";
import { currentProgram } from "./program-digest.ts";
import type { Preview } from "./schema.ts";

/** A preview as it stands now. */
export async function lookUpPreview(
  { db, settings }: Pick<Context, "db" | "settings">,
  row: PreviewRow,
): Promise<Preview> {
  const operation = await findOperation(db, row.operation_id);
  if (operation === undefined) throw new Error(`The preview ${row.id} has lost its operation.`);
  const { deployed_generation: deployed } = await db
    .selectFrom("pipelines")
    .select("deployed_generation")
    .where("id", "=", row.pipeline_id)
    .executeTakeFirstOrThrow();
  const mayApply = row.state === "ready" && row.expires_at.getTime() > Date.now();
  const moved = mayApply
    ? whatMoved(row, await lookAtWorld(db, row, await currentProgram(settings.program)))
    : [];
  // One that made the pipeline is still shown as what it was.
  const built = row.generation_from !== null && deployed !== null;
  return presentPreview(row, { operation, built, moved });
}
