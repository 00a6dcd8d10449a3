import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { PipelineName, PipelineSpec, type TenantName } from "../../infra/spec/index.ts";
import type { Context } from "../context.ts";
import { findPipeline } from "../db/pipelines.ts";
import { endpoint, type Reply } from "../http/endpoint.ts";
import { Operation } from "../http/schemas.ts";
import { createPipeline, requireAvailable, requireSame } from "../pipelines/change.ts";
import { answerWithOperation } from "./change.ts";
import { idempotencyHeader, tenantPath } from "./paths.ts";

const Body = fields({ name: PipelineName, spec: PipelineSpec }).meta({ id: "NewPipeline" });

const Validation = z
  .object({
    valid: z.literal(true),
    action: z.enum(["create", "none"]).meta({ description: "What the POST would do." }),
    name: PipelineName,
    spec: PipelineSpec.meta({ description: "The spec with every default written down." }),
  })
  .meta({ id: "Validation" });

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
      .meta({ description: "Only say whether the request would be accepted." }),
  }),
  body: Body,
  headers: idempotencyHeader,
  answers: {
    200: {
      description:
        "With validateOnly: what would happen. Without: the pipeline is there already, this is its operation.",
      schema: z.union([Operation, Validation]),
    },
    202: {
      description: "The pipeline is written down, its operation is queued or under way.",
      schema: Operation,
      headers: { Location: "Where the operation is." },
    },
  },
  problems: ["conflict", "key-reused", "not-available"],
  handle: async (request, context) => {
    const { params, query, body, header } = request;
    requireAvailable(body.spec);
    if (query.validateOnly === "true") return validate(context, params.tenant, body);
    return answerWithOperation(
      context,
      {
        tenant: params.tenant,
        by: request,
        action: "pipeline.create",
        what: ["POST", "pipelines", params, body],
        idempotencyKey: header("idempotency-key"),
      },
      (transaction) =>
        createPipeline(transaction, { tenant: params.tenant, name: body.name }, body.spec),
    );
  },
});

async function validate(
  { db }: Context,
  tenant: TenantName,
  { name, spec }: z.output<typeof Body>,
): Promise<Reply> {
  const there = await findPipeline(db, { tenant, name });
  if (there !== undefined) requireSame(there, spec);
  const action = there === undefined ? "create" : "none";
  return { status: 200, body: { valid: true, action, name, spec } };
}
