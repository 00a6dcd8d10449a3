import type { Logger } from "pino";
import type { Queries } from "../db/database.ts";
import type { PipelineKey, PipelineRow } from "../db/pipelines.ts";
import { RequestProblem } from "../http/problem.ts";
import { placesOf, type Places } from "../runs/places.ts";
import { pipelineOr404 } from "./pipeline-get.ts";

/** @throws RequestProblem `not-found`; `unavailable` for a pipeline that is not built. */
export async function builtPlaces(db: Queries, key: PipelineKey): Promise<Places> {
  return requirePlaces(await pipelineOr404(db, key));
}

/** @throws RequestProblem `unavailable` for a pipeline that is not built. */
export function requirePlaces(pipeline: Pick<PipelineRow, "name" | "outputs">): Places {
  const places = placesOf(pipeline.outputs?.values);
  if (places !== undefined) return places;
  throw new RequestProblem(
    "unavailable",
    `The pipeline ${pipeline.name} is not built yet. Wait until its operation is done.`,
  );
}

/** Does it, or says that the clouds do not let us now. */
export async function fromClouds<T>(log: Logger, what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    log.error({ err: error }, what);
    const why = error instanceof Error ? error.message : String(error);
    throw new RequestProblem("unavailable", `${what}: ${why}`, { cause: error });
  }
}
