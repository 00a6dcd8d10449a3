import type { Response } from "express";
import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { verifyChain } from "../audit/chain.ts";
import { listAudit, readAudit } from "../audit/read.ts";
import { AuditEntry } from "../audit/schema.ts";
import type { Context } from "../context.ts";
import { endpoint, type Parsed, type Reply } from "../http/endpoint.ts";
import { fromCursor, page, pageQuery } from "../http/page.ts";
import { pageOf } from "../http/schemas.ts";
import { tenantPath } from "./paths.ts";

const query = fields({
  ...pageQuery,
  action: z.string().max(64).optional().meta({ description: "Such as pipeline.create." }),
  principal: z.string().max(300).optional().meta({ description: "Id of who did it." }),
  since: z.iso.datetime().optional().meta({ description: "ISO 8601, UTC." }),
});

const ndjson = "application/x-ndjson";
const exported = `With \`Accept: ${ndjson}\` all of it, oldest first, one entry a line, without a page's limits or filters.`;

const common = {
  method: "get" as const,
  query,
  headers: { Accept: `${ndjson} exports everything.` },
  answers: { 200: { description: "A page of entries.", schema: pageOf(AuditEntry) } },
  problems: [],
};

export const auditList = endpoint({
  ...common,
  path: "/v1/audit",
  access: "operator",
  operationId: "listAudit",
  summary: "Read the audit log, newest first",
  description: exported,
  params: fields({}),
  handle: (request, context) => answer(request, context, undefined),
});

export const tenantAuditList = endpoint({
  ...common,
  path: "/v1/tenants/{tenant}/audit",
  access: { tenant: "admin" },
  operationId: "listTenantAudit",
  summary: "Read a tenant's part of the audit log, newest first",
  description: `${exported} The chain of hashes goes over all tenants: a part of it proves each entry, not that none is missing.`,
  params: tenantPath,
  handle: (request, context) => answer(request, context, request.params.tenant),
});

async function answer(
  request: Pick<Parsed<unknown, z.output<typeof query>, undefined>, "query" | "header">,
  { db }: Context,
  tenant: string | undefined,
): Promise<Reply> {
  if (request.header("accept")?.includes(ndjson) === true) {
    return {
      status: 200,
      headers: {
        "content-type": ndjson,
        "content-disposition": `attachment; filename="audit${tenant === undefined ? "" : `-${tenant}`}.ndjson"`,
      },
      stream: (response) => writeAll(readAudit(db, { tenant }), response),
    };
  }
  const { limit, cursor, action, principal, since } = request.query;
  const entries = await listAudit(db, {
    ...{ tenant, action, principal, limit },
    since: since === undefined ? undefined : new Date(since),
    before: fromCursor(z.int(), cursor),
  });
  return {
    status: 200,
    body: page(
      entries,
      limit,
      ({ seq }) => seq,
      (entry) => entry,
    ),
  };
}

async function writeAll(lines: AsyncIterable<unknown>, response: Response): Promise<void> {
  for await (const line of lines) {
    if (response.closed) return;
    const goOn = response.write(`${JSON.stringify(line)}\n`);
    if (!goOn)
      await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
  }
  response.end();
}

const link = z.object({ seq: z.int(), hash: z.string() });

export const auditVerification = endpoint({
  method: "get",
  path: "/v1/audit/verification",
  access: "operator",
  operationId: "verifyAudit",
  summary: "Check the audit log's chain of hashes, from its beginning to its end",
  description:
    "Names the first link that does not hold. Keep the head elsewhere: given back later as `seq` and `hash` it also shows whether the end was cut off or written anew.",
  params: fields({}),
  query: fields({
    seq: z
      .string()
      .regex(/^[1-9]\d{0,14}$/, "Expected a whole number from 1.")
      .transform(Number)
      .optional()
      .meta({ description: "Of a head that was kept.", type: "integer" }),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "Expected the 64 hexadecimal digits of a head's hash.")
      .optional()
      .meta({ description: "Of the same head." }),
  }),
  answers: {
    200: {
      description: "What was found.",
      schema: z
        .object({
          ok: z.boolean(),
          entries: z.int(),
          head: link,
          broken: z.object({ seq: z.int(), why: z.string() }).nullable(),
        })
        .meta({ id: "AuditVerification" }),
    },
  },
  problems: [],
  handle: async ({ query: { seq, hash } }, { db }) => {
    const kept = seq === undefined || hash === undefined ? undefined : { seq, hash };
    return { status: 200, body: await verifyChain(readAudit(db, {}), kept) };
  },
});
