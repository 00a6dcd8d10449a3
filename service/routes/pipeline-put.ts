import { fields } from "../../infra/spec/fields.ts";
import { PipelineSpec } from "../../infra/spec/index.ts";
import { Ttl } from "../governance/ttl.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { Operation } from "../http/schemas.ts";
import { changePipeline, requireAvailable } from "../pipelines/change.ts";
import { answerWithOperation } from "./change.ts";
import { idempotencyHeader, ifMatchHeader, pipelinePath } from "./paths.ts";

export const pipelinePut = endpoint({
  method: "put",
  path: "/v1/tenants/{tenant}/pipelines/{name}",
  access: { tenant: "write" },
  operationId: "putPipeline",
  summary: "Give a pipeline another spec",
  description:
    "Writes a new generation and queues its update. An equal spec changes nothing, and is tried again if the last operation did not succeed.",
  params: pipelinePath,
  query: noQuery,
  body: fields({
    spec: PipelineSpec,
    ttl: Ttl.nullable().optional().meta({
      description:
        "A new life from now on; null: without an end. Left out it stays as it is, and begins anew where it is over.",
    }),
  }).meta({ id: "ChangedPipeline" }),
  headers: { ...idempotencyHeader, ...ifMatchHeader },
  answers: {
    200: { description: "The spec was equal, this is its operation.", schema: Operation },
    202: {
      description: "The new generation is written down, its operation is queued or under way.",
      schema: Operation,
      headers: { Location: "Where the operation is." },
    },
  },
  problems: ["not-found", "conflict", "precondition-failed", "key-reused", "not-available"],
  handle: async (request, context) => {
    const { params, body, header } = request;
    requireAvailable(body.spec);
    return answerWithOperation(
      context,
      {
        tenant: params.tenant,
        by: request,
        action: "pipeline.update",
        what: ["PUT", "pipeline", params, body],
        idempotencyKey: header("idempotency-key"),
      },
      (transaction) => changePipeline(transaction, params, body.spec, header("if-match"), body.ttl),
    );
  },
});
