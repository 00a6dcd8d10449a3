import type { Queries } from "../db/database.ts";
import { builtByChance, insertBlast, linkBlast, type BlastRow } from "../db/blast.ts";
import { insertOperation } from "../db/operations.ts";
import { lockPipeline } from "../db/pipelines.ts";
import { insertPreview } from "../db/previews.ts";

export interface BlastOrder {
  /** The module; undefined: the one that the service runs. */
  program: { name: string; module: string } | undefined;
  /** So many by chance; undefined: all. */
  sample: number | undefined;
  by: { id: string; name: string };
  lifetimeMs: number;
}

/**
 * Queues a preview of every pipeline under a program. They are looks: what changes something goes before them, and no more run at once
 * than of anything else. All that they find is in the database.
 */
export async function beginBlast(transaction: Queries, order: BlastOrder): Promise<BlastRow> {
  const { program, sample, by, lifetimeMs } = order;
  const name = program?.name ?? null;
  const blast = await insertBlast(transaction, { by: by.name, program: name });
  for (const key of await builtByChance(transaction, sample)) {
    const pipeline = await lockPipeline(transaction, key);
    if (pipeline === undefined) continue;
    const operation = await insertOperation(transaction, pipeline, "preview", undefined, {
      program: program?.module,
    });
    const { generation } = pipeline;
    await insertPreview(transaction, {
      operation,
      spec: undefined,
      generation: { from: generation, to: generation },
      by,
      commit: undefined,
      lifetimeMs,
    });
    await linkBlast(transaction, blast.id, operation.id);
  }
  return blast;
}
