import { fields } from "../../infra/spec/fields.ts";
import { requireBytesLeft } from "../governance/enforce.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { Operation } from "../http/schemas.ts";
import { rebuildPipeline } from "../pipelines/change.ts";
import { answerWithOperation } from "./change.ts";
import { idempotencyHeader, pipelinePath } from "./paths.ts";

export const updateCreate = endpoint({
  method: "post",
  path: "/v1/tenants/{tenant}/pipelines/{name}/updates",
  access: { tenant: "write" },
  operationId: "createUpdate",
  summary: "Build a pipeline again as its spec says",
  description:
    "Takes up a new program or worker, puts back what was changed by hand, renews the SAS when its time has come. The spec and the generation stay; `no changes` when all was as it should be.",
  params: pipelinePath,
  query: noQuery,
  body: fields({}).prefault({}).meta({ id: "NewUpdate" }),
  headers: idempotencyHeader,
  answers: {
    202: {
      description: "The update is queued or under way.",
      schema: Operation,
      headers: { Location: "Where the operation is." },
    },
    200: { description: "With an Idempotency-Key: it had been done before.", schema: Operation },
  },
  problems: ["not-found", "conflict", "key-reused", "quota-exceeded"],
  handle: async (request, context) => {
    const { params, body, header } = request;
    return answerWithOperation(
      context,
      {
        tenant: params.tenant,
        by: request,
        action: "pipeline.rebuild",
        what: ["POST", "updates", params, body],
        idempotencyKey: header("idempotency-key"),
      },
      async (transaction) => {
        await requireBytesLeft(transaction, params.tenant);
        return rebuildPipeline(transaction, params);
      },
    );
  },
});
