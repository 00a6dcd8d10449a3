import type { Queries } from "../db/database.ts";
import { lookUnderWay } from "../db/drift.ts";
import { insertOperation } from "../db/operations.ts";
import { lockPipeline, type PipelineKey } from "../db/pipelines.ts";
import { notFound, RequestProblem } from "../http/problem.ts";
import type { Changed } from "../pipelines/change.ts";

/** Queues a look at what is there; one that is under way serves. It changes nothing, neither in the clouds nor in the state. */
export async function lookForDrift(transaction: Queries, key: PipelineKey): Promise<Changed> {
  const pipeline = await lockPipeline(transaction, key);
  if (pipeline === undefined) throw notFound(`pipeline ${key.name} of tenant ${key.tenant}`);
  if (pipeline.state === "deleting" || pipeline.deployed_generation === null) {
    const why = pipeline.state === "deleting" ? "is being deleted" : "was never built whole";
    throw new RequestProblem(
      "conflict",
      `The pipeline ${key.name} ${why}: there is nothing to compare with.`,
    );
  }
  const underWay = await lookUnderWay(transaction, pipeline.id);
  if (underWay !== undefined) return { pipeline, operation: underWay };
  const operation = await insertOperation(transaction, pipeline, "drift");
  return { pipeline, operation, changed: {} };
}
