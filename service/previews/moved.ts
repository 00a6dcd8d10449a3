import type { Queries } from "../db/database.ts";
import { latestOperation, type OperationRow } from "../db/operations.ts";
import { findPipeline, type PipelineRow } from "../db/pipelines.ts";
import { changedBy, changesSince, type PreviewRow } from "../db/previews.ts";

/** What there is now, of what a preview was made of. */
export interface World {
  /** The pipeline that the preview is about; its own row while it is only proposed. */
  pipeline: Pick<PipelineRow, "state" | "generation">;
  /** Another pipeline that has the name of a proposed one by now, and what made it. */
  taken: { generation: number; by: string | null } | undefined;
  /** Operations on the stack that came after the look. */
  operations: readonly (Pick<OperationRow, "id" | "action" | "state"> & {
    resources: readonly string[];
  })[];
  program: string;
}

/** What has changed since a preview was made, in sentences: nothing, and it can be applied. Pure. */
export function whatMoved(
  preview: Pick<PreviewRow, "generation_from" | "approval">,
  world: World,
): string[] {
  return [...nameMoved(world), ...generationMoved(preview, world), ...stackMoved(world)].concat(
    preview.approval !== null && preview.approval.program !== world.program
      ? ["The program that builds pipelines has changed."]
      : [],
  );
}

function nameMoved({ pipeline, taken }: World): string[] {
  if (pipeline.state === "removed") return ["The pipeline was removed."];
  if (pipeline.state === "deleting") return ["The pipeline is being deleted."];
  if (taken === undefined) return [];
  const by = taken.by === null ? "" : ` by operation ${taken.by}`;
  return [
    `A pipeline of this name was made meanwhile${by}; it is at generation ${taken.generation}.`,
  ];
}

function generationMoved(
  { generation_from: from }: Pick<PreviewRow, "generation_from">,
  { pipeline }: World,
): string[] {
  if (from === null || pipeline.generation === from) return [];
  return [
    `The pipeline is at generation ${pipeline.generation}; the preview was made at generation ${from}.`,
  ];
}

function stackMoved({ operations }: World): string[] {
  return operations.map(({ id, action, state, resources }) => {
    if (state === "queued" || state === "running")
      return `Operation ${id} (${action}) is ${state}.`;
    const what = resources.length === 0 ? "" : `, which changed ${resources.join(", ")}`;
    return `Operation ${id} (${action}) ${state}${what}.`;
  });
}

export async function lookAtWorld(
  db: Queries,
  preview: PreviewRow,
  program: string,
): Promise<World> {
  const pipeline = await db
    .selectFrom("pipelines")
    .select(["state", "generation"])
    .where("id", "=", preview.pipeline_id)
    .executeTakeFirstOrThrow();
  const rows = await changesSince(db, preview);
  const operations = await Promise.all(
    rows.map(async (row) => ({ ...row, resources: await changedBy(db, row.id) })),
  );
  return { pipeline, taken: await takenBy(db, preview, pipeline.state), operations, program };
}

async function takenBy(
  db: Queries,
  { tenant, pipeline: name }: PreviewRow,
  state: PipelineRow["state"],
): Promise<World["taken"]> {
  if (state !== "proposed") return undefined;
  const there = await findPipeline(db, { tenant, name });
  if (there === undefined) return undefined;
  const latest = await latestOperation(db, there.id);
  return { generation: there.generation, by: latest?.id ?? null };
}
