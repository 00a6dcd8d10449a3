import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";

const Check = z.object({ ok: z.boolean(), detail: z.string().nullable() });

export const healthz = endpoint({
  method: "get",
  path: "/healthz",
  operationId: "health",
  summary: "Whether the process lives",
  access: "public",
  params: fields({}),
  query: noQuery,
  answers: {
    200: { description: "It does.", schema: z.object({ status: z.literal("alive") }) },
  },
  problems: [],
  handle: () => Promise.resolve({ status: 200, body: { status: "alive" } }),
});

const Readiness = z
  .object({
    ready: z.boolean(),
    checks: z.object({ database: Check, dispatcher: Check, engine: Check, foundation: Check }),
  })
  .meta({ id: "Readiness" });

export const readyz = endpoint({
  method: "get",
  path: "/readyz",
  operationId: "readiness",
  summary: "Whether the service can do its work: database, queue, engine, foundation",
  access: "public",
  params: fields({}),
  query: noQuery,
  answers: {
    200: { description: "It can.", schema: Readiness },
    503: { description: "It cannot; the checks say why.", schema: Readiness },
  },
  problems: [],
  handle: async (_request, context) => {
    const body = await context.readiness();
    return { status: body.ready ? 200 : 503, body };
  },
});
