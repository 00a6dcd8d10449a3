import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { states } from "../../runtime/ledger/entry.ts";
import { endpoint } from "../http/endpoint.ts";
import { fromCursor, pageQuery, toCursor } from "../http/page.ts";
import { RequestProblem } from "../http/problem.ts";
import { pageOf, RunObject } from "../http/schemas.ts";
import { findObjects, ObjectPosition } from "../runs/objects.ts";
import { placesOf } from "../runs/places.ts";
import { presentObject } from "../runs/present.ts";
import { runPath } from "./paths.ts";
import { pipelineOr404 } from "./pipeline-get.ts";
import { runOr404 } from "./run-get.ts";

export const runObjects = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}/runs/{run}/objects",
  access: { tenant: "read" },
  operationId: "listRunObjects",
  summary: "List a run's objects, those that ended last first",
  description:
    "Read from the run's ledger. A page may hold fewer rows than asked for, or none, and still have a next one: the work per page is bounded.",
  params: runPath,
  query: fields({
    ...pageQuery,
    prefix: z.string().max(1024).default("").meta({ description: "Keys that start with it." }),
    state: z.enum(states).optional(),
    target: z.string().max(64).optional().meta({ description: "Name of a target." }),
  }),
  answers: { 200: { description: "A page of objects.", schema: pageOf(RunObject) } },
  problems: ["not-found", "unavailable"],
  handle: async ({ params, query, log }, context) => {
    const pipeline = await pipelineOr404(context.db, params);
    const run = await runOr404(context.db, pipeline.id, params.run);
    const places = placesOf(pipeline.outputs?.values);
    if (places === undefined) {
      throw new RequestProblem(
        "unavailable",
        "The pipeline's ledger is not known: it is not built.",
      );
    }
    const from = fromCursor(ObjectPosition, query.cursor);
    try {
      const { prefix, state, target, limit } = query;
      const wanted = { prefix, state, target, limit, from };
      const found = await findObjects(context, run.id, places, wanted);
      const items = found.entries.map(presentObject);
      const nextCursor = found.next === undefined ? null : toCursor(found.next);
      return { status: 200, body: { items, nextCursor } };
    } catch (error) {
      log.error({ err: error, run: run.id }, "the ledger could not be read");
      throw new RequestProblem(
        "unavailable",
        `The run's ledger in ${places.ledgerBucket} cannot be read now: ${error instanceof Error ? error.message : ""}`,
        { cause: error },
      );
    }
  },
});
