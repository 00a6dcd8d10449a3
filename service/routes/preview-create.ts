import { fields } from "../../infra/spec/fields.ts";
import { PipelineSpec } from "../../infra/spec/index.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { Operation } from "../http/schemas.ts";
import { requireAvailable } from "../pipelines/change.ts";
import { makePreview } from "../previews/make.ts";
import { Commit } from "../previews/schema.ts";
import { answerWithOperation } from "./change.ts";
import { idempotencyHeader, pipelinePath } from "./paths.ts";

export const previewCreate = endpoint({
  method: "post",
  path: "/v1/tenants/{tenant}/pipelines/{name}/previews",
  access: { tenant: "write" },
  operationId: "createPreview",
  summary: "Look at what a spec would change",
  description:
    "Queues an operation that changes nothing; `links.preview` is what it finds: every property that changes, cost, rules, and a plan that can be applied as it was approved. With a spec, the pipeline need not exist yet.",
  params: pipelinePath,
  query: noQuery,
  body: fields({
    spec: PipelineSpec.optional().meta({ description: "Default: the pipeline's own." }),
    commit: Commit.optional(),
  })
    .prefault({})
    .meta({ id: "NewPreview" }),
  headers: idempotencyHeader,
  answers: {
    202: {
      description: "The preview is queued or under way.",
      schema: Operation,
      headers: { Location: "Where the operation is." },
    },
    200: { description: "With an Idempotency-Key: it had been done before.", schema: Operation },
  },
  problems: ["not-found", "conflict", "key-reused", "not-available"],
  handle: async (request, context) => {
    const { params, body, header, principal } = request;
    if (body.spec !== undefined) requireAvailable(body.spec);
    const order = { ...body, by: principal, lifetimeMs: context.settings.previewMs };
    return answerWithOperation(
      context,
      {
        tenant: params.tenant,
        by: request,
        action: "pipeline.preview",
        what: ["POST", "previews", params, body],
        idempotencyKey: header("idempotency-key"),
      },
      (transaction) =>
        makePreview(transaction, params, { spec: undefined, commit: undefined, ...order }),
    );
  },
});
