import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { PipelineName, PipelineSpec } from "../../infra/spec/index.ts";
import type { Queries } from "../db/database.ts";
import { findPipeline, setLife, type PipelineKey } from "../db/pipelines.ts";
import { requireBytesLeft } from "../governance/enforce.ts";
import { lifeOf, Ttl } from "../governance/ttl.ts";
import { endpoint } from "../http/endpoint.ts";
import { requestDigest } from "../http/once.ts";
import { Operation } from "../http/schemas.ts";
import {
  createPipeline,
  requireAvailable,
  requireSame,
  type Changed,
} from "../pipelines/change.ts";
import { makePreview, type PreviewOrder } from "../previews/make.ts";
import { Commit } from "../previews/schema.ts";
import { answerWithOperation, queued } from "./change.ts";
import { currentTraceparent } from "../telemetry/trace.ts";
import { idempotencyHeader, tenantPath } from "./paths.ts";

const Body = fields({
  name: PipelineName,
  spec: PipelineSpec,
  commit: Commit.optional(),
  ttl: Ttl.optional(),
}).meta({ id: "NewPipeline" });

export const pipelineCreate = endpoint({
  method: "post",
  path: "/v1/tenants/{tenant}/pipelines",
  access: { tenant: "write" },
  operationId: "createPipeline",
  summary: "Make a pipeline",
  description:
    "Writes the pipeline down and queues the operation that builds it. The same request again answers with the same operation; the same name with another spec is a conflict.",
  params: tenantPath,
  query: fields({
    validateOnly: z
      .enum(["true", "false"])
      .default("false")
      .meta({ description: "Make nothing; preview what the request would make." }),
  }),
  body: Body,
  headers: idempotencyHeader,
  answers: {
    200: {
      description: "The pipeline is there already, this is its operation.",
      schema: Operation,
    },
    202: {
      description:
        "The pipeline is written down, its operation is queued or under way. With validateOnly nothing is written down but a preview: the operation makes it, `links.preview` is where it is.",
      schema: Operation,
      headers: { Location: "Where the operation is." },
    },
  },
  problems: ["conflict", "key-reused", "not-available", "quota-exceeded"],
  handle: async (request, context) => {
    const { params, query, body, header, principal } = request;
    requireAvailable(body.spec);
    const key = { tenant: params.tenant, name: body.name };
    const { spec, commit, ttl } = body;
    const looks = query.validateOnly === "true";
    const what = ["POST", "pipelines", params, query, body];
    const idempotencyKey = header("idempotency-key");
    if (!looks && ttl === undefined) {
      const made = await context.creations.make({
        ...{ ...key, spec, by: request, traceparent: currentTraceparent() },
        idempotency:
          idempotencyKey === undefined
            ? undefined
            : { key: idempotencyKey, digest: requestDigest({ key: idempotencyKey, what }) },
      });
      if (made !== undefined) return queued(context, made, 0);
    }
    const order = { spec, commit, by: principal, lifetimeMs: context.settings.previewMs };
    return answerWithOperation(
      context,
      {
        tenant: params.tenant,
        by: request,
        action: looks ? "pipeline.preview" : "pipeline.create",
        what,
        idempotencyKey,
      },
      (transaction) =>
        looks ? preview(transaction, key, order, ttl) : make(transaction, key, spec, ttl),
    );
  },
});

async function make(
  transaction: Queries,
  key: PipelineKey,
  spec: PipelineSpec,
  ttl: number | undefined,
): Promise<Changed> {
  await requireBytesLeft(transaction, key.tenant);
  return createPipeline(transaction, key, spec, ttl);
}

/** Of what a POST would make; what it would refuse is refused here too. */
async function preview(
  transaction: Queries,
  key: PipelineKey,
  order: PreviewOrder & { spec: PipelineSpec },
  ttl: number | undefined,
): Promise<Changed> {
  const there = await findPipeline(transaction, key);
  if (there !== undefined) requireSame(there, order.spec);
  const looked = await makePreview(transaction, key, order);
  // Its life begins when it is made.
  if (there === undefined && ttl !== undefined) {
    await setLife(transaction, looked.pipeline.id, { ...lifeOf(null), ttl_seconds: ttl });
  }
  return looked;
}
