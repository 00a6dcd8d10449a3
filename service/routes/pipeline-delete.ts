import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { Operation } from "../http/schemas.ts";
import { deletePipeline } from "../pipelines/change.ts";
import { answerWithOperation } from "./change.ts";
import { idempotencyHeader, ifMatchHeader, pipelinePath } from "./paths.ts";

export const pipelineDelete = endpoint({
  method: "delete",
  path: "/v1/tenants/{tenant}/pipelines/{name}",
  access: { tenant: "write" },
  operationId: "deletePipeline",
  summary: "Delete a pipeline and what was built for it",
  description:
    "Queued behind what runs; operations that have not begun are cancelled. Fails, with its reason, where something may not be deleted, such as a bucket that holds objects.",
  params: pipelinePath,
  query: noQuery,
  headers: { ...idempotencyHeader, ...ifMatchHeader },
  answers: {
    202: {
      description: "The operation that deletes it is queued or under way.",
      schema: Operation,
      headers: { Location: "Where the operation is." },
    },
    200: { description: "With an Idempotency-Key: it had been done before.", schema: Operation },
  },
  problems: ["not-found", "precondition-failed", "key-reused"],
  handle: async (request, context) => {
    const { params, header } = request;
    return answerWithOperation(
      context,
      {
        tenant: params.tenant,
        by: request,
        action: "pipeline.delete",
        what: ["DELETE", "pipeline", params],
        idempotencyKey: header("idempotency-key"),
      },
      (transaction) => deletePipeline(transaction, params, header("if-match")),
    );
  },
});
