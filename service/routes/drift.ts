import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { findDrift, listDrift } from "../db/drift.ts";
import { findPipeline } from "../db/pipelines.ts";
import { lookForDrift } from "../drift/look.ts";
import { presentDrift } from "../drift/present.ts";
import { Drift } from "../drift/schema.ts";
import { endpoint } from "../http/endpoint.ts";
import { fromCursor, noQuery, page, pageQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { Operation, pageOf } from "../http/schemas.ts";
import { answerWithOperation } from "./change.ts";
import { idempotencyHeader, pipelinePath } from "./paths.ts";

export const driftGet = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/pipelines/{name}/drift",
  access: { tenant: "read" },
  operationId: "getDrift",
  summary: "See what was changed by hand",
  description:
    "Every property that is not as it was built, as the last look found it. An update (`links.repair`) puts it back.",
  params: pipelinePath,
  query: noQuery,
  answers: { 200: { description: "What the last look found.", schema: Drift } },
  problems: ["not-found"],
  handle: async ({ params }, { db, settings }) => {
    const row = await findPipeline(db, params);
    if (row === undefined) throw notFound(`pipeline ${params.name} of tenant ${params.tenant}`);
    const body = presentDrift(row, await findDrift(db, row.id), settings.driftMs);
    return { status: 200, body };
  },
});

export const driftCreate = endpoint({
  method: "post",
  path: "/v1/tenants/{tenant}/pipelines/{name}/drift",
  access: { tenant: "write" },
  operationId: "lookForDrift",
  summary: "Look now for what was changed by hand",
  description: "Queues a look that changes nothing. One that is under way is answered instead.",
  params: pipelinePath,
  query: noQuery,
  body: fields({}).prefault({}).meta({ id: "NewLook" }),
  headers: idempotencyHeader,
  answers: {
    202: {
      description: "The look is queued or under way.",
      schema: Operation,
      headers: { Location: "Where the operation is." },
    },
    200: { description: "With an Idempotency-Key: it had been done before.", schema: Operation },
  },
  problems: ["not-found", "conflict", "key-reused"],
  handle: async (request, context) =>
    answerWithOperation(
      context,
      {
        tenant: request.params.tenant,
        by: request,
        action: "pipeline.look",
        what: ["POST", "drift", request.params, request.body],
        idempotencyKey: request.header("idempotency-key"),
      },
      (transaction) => lookForDrift(transaction, request.params),
    ),
});

export const driftList = endpoint({
  method: "get",
  path: "/v1/drift",
  access: "operator",
  operationId: "listDrift",
  summary: "List pipelines with what was changed by hand, of all tenants",
  params: fields({}),
  query: fields({
    ...pageQuery,
    drifted: z
      .enum(["true", "false"])
      .default("false")
      .meta({ description: "Only those that have drifted." }),
  }),
  answers: { 200: { description: "A page, without steps.", schema: pageOf(Drift) } },
  problems: [],
  handle: async ({ query }, { db, settings }) => {
    const rows = await listDrift(db, {
      limit: query.limit,
      after: fromCursor(z.string(), query.cursor),
      drifted: query.drifted === "true",
    });
    const body = page(
      rows,
      query.limit,
      (row) => row.id,
      (row) => presentDrift(row, undefined, settings.driftMs),
    );
    return { status: 200, body };
  },
});
