import { isDeepStrictEqual } from "node:util";
import type { PipelineSpec } from "../../infra/spec/index.ts";
import type { Queries } from "../db/database.ts";
import { insertOperation } from "../db/operations.ts";
import { insertProposed, lockPipeline, type PipelineKey } from "../db/pipelines.ts";
import { insertPreview } from "../db/previews.ts";
import { notFound, RequestProblem } from "../http/problem.ts";
import type { Changed } from "../pipelines/change.ts";

export interface PreviewOrder {
  /** undefined: the pipeline's own. */
  spec: PipelineSpec | undefined;
  commit: string | undefined;
  by: { id: string; name: string };
  lifetimeMs: number;
}

/**
 * Queues a look at what a spec would change. A pipeline that is not there yet is written down as proposed: nobody sees it, and its
 * name stays free until the preview is applied.
 */
export async function makePreview(
  transaction: Queries,
  key: PipelineKey,
  { spec, commit, by, lifetimeMs }: PreviewOrder,
): Promise<Changed> {
  const pipeline = await lockPipeline(transaction, key);
  const common = { by, commit, lifetimeMs };
  if (pipeline === undefined) {
    if (spec === undefined) throw notFound(`pipeline ${key.name} of tenant ${key.tenant}`);
    const proposed = await insertProposed(transaction, key, spec);
    const operation = await insertOperation(transaction, proposed, "preview");
    const generation = { from: null, to: proposed.generation };
    await insertPreview(transaction, { ...common, operation, spec, generation });
    return { pipeline: proposed, operation, changed: { after: proposed.spec } };
  }
  if (pipeline.state === "deleting") {
    throw new RequestProblem(
      "conflict",
      `The pipeline ${key.name} is being deleted. Wait until its operation is done, or PUT its spec to keep it.`,
    );
  }
  const other = spec === undefined || isSame(spec, pipeline.spec) ? undefined : spec;
  const operation = await insertOperation(transaction, pipeline, "preview", other);
  const generation = { from: pipeline.generation, to: operation.generation };
  await insertPreview(transaction, { ...common, operation, spec: other, generation });
  const after = other ?? pipeline.spec;
  return { pipeline, operation, changed: { before: pipeline.spec, after } };
}

/** A spec comes back from the database without what JSON leaves out. */
function isSame(spec: PipelineSpec, stored: PipelineSpec): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(spec)), stored);
}
