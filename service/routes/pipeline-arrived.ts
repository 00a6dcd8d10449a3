import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { endpoint } from "../http/endpoint.ts";
import { pageQuery } from "../http/page.ts";
import { ArrivalAnswer } from "../http/schemas.ts";
import { hasArrived } from "../runs/arrived.ts";
import { presentObject } from "../runs/present.ts";
import { pipelinePath } from "./paths.ts";
import { pipelineOr404 } from "./pipeline-get.ts";
import { fromClouds, requirePlaces } from "./pipeline-places.ts";

const longestMs = 60_000;

export const pipelineArrived = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}/arrived",
  access: { tenant: "read" },
  operationId: "hasArrived",
  summary: "Has everything under a prefix, as of a time, arrived?",
  description:
    "yes: a scan listed the source at that time or later and every key ended well, or every hint has been settled since. no: something failed, is held or is pending. unknown: nothing proves it.",
  params: pipelinePath,
  query: fields({
    prefix: z.string().max(1024).default("").meta({ description: "Keys that start with it." }),
    asOf: z.iso.datetime().optional().meta({ description: "ISO 8601, UTC; by default now." }),
    target: z.string().max(64).optional().meta({ description: "Name of a target." }),
    limit: pageQuery.limit,
  }),
  answers: { 200: { description: "The answer.", schema: ArrivalAnswer } },
  problems: ["not-found", "unavailable"],
  handle: async ({ params, query, log }, context) => {
    const pipeline = await pipelineOr404(context.db, params);
    const places = requirePlaces(pipeline);
    const { prefix, target, limit } = query;
    const asOf = query.asOf ?? new Date().toISOString();
    const wanted = { prefix, target, limit, asOf };
    const { notArrived, ...answer } = await fromClouds(log, "The ledger cannot be read now", () =>
      hasArrived(context, pipeline, places, wanted, AbortSignal.timeout(longestMs)),
    );
    const { keys, ...counts } = notArrived;
    const body = { ...answer, asOf, notArrived: { ...counts, keys: keys.map(presentObject) } };
    return { status: 200, body };
  },
});
