import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { audit } from "../audit/record.ts";
import type { Db } from "../db/database.ts";
import { findQuotas, limitsOf, lockQuotas, writeQuotas } from "../governance/quotas.ts";
import { usageOf } from "../governance/usage.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { etagOver, requireMatch } from "../http/etag.ts";
import { tenantPath } from "./paths.ts";

const count = (most: number, description: string) =>
  z.int().min(0).max(most).nullable().default(null).meta({ description });

const limits = {
  pipelines: count(100_000, "Pipelines at a time. null: no limit, as for the others."),
  operationsAtOnce: count(1000, "Operations that run at a time; more of them wait in the queue."),
  bytesPerDay: count(
    Number.MAX_SAFE_INTEGER,
    "Bytes copied since 00:00 UTC. Once they are used up no pipeline is made, built again or scanned; what arrives meanwhile is still copied.",
  ),
  budgetPerMonth: z
    .number()
    .min(0)
    .max(1e9)
    .nullable()
    .default(null)
    .meta({ description: "USD a month by the estimate of a preview." }),
};

const Limits = fields(limits).meta({ id: "NewQuotas" });

const Quotas = z
  .object({
    tenant: z.string(),
    limits: z.object(limits),
    usage: z.object({
      pipelines: z.int(),
      operationsRunning: z.int(),
      bytesToday: z
        .int()
        .meta({ description: "A run counts on the day it opened, and today while it is open." }),
    }),
    updatedAt: z.iso.datetime().nullable(),
    updatedBy: z.string().nullable(),
  })
  .meta({ id: "Quotas" });

const answers = {
  200: { description: "Limits and use.", schema: Quotas, headers: { ETag: "For If-Match." } },
};

export const quotasGet = endpoint({
  method: "get",
  path: "/v1/tenants/{tenant}/quotas",
  access: { tenant: "read" },
  operationId: "getQuotas",
  summary: "What a tenant may use, and uses",
  params: tenantPath,
  query: noQuery,
  answers,
  problems: [],
  handle: async ({ params }, { db }) => reply(db, params.tenant),
});

export const quotasPut = endpoint({
  method: "put",
  path: "/v1/tenants/{tenant}/quotas",
  access: "operator",
  operationId: "putQuotas",
  summary: "Say what a tenant may use",
  description:
    "What is left out has no limit. Nothing is taken away: a limit below what is used holds back what comes next.",
  params: tenantPath,
  query: noQuery,
  body: Limits,
  headers: { "If-Match": "An ETag of the quotas; refused with 412 when they were set since." },
  answers,
  problems: ["precondition-failed"],
  handle: async ({ params, body, header, principal, requestId, from }, { db }) => {
    const { tenant } = params;
    await db.transaction().execute(async (transaction) => {
      const before = await lockQuotas(transaction, tenant);
      const revision = before?.revision ?? 0;
      const requireSame = (at: number) =>
        requireMatch(header("if-match"), String(at), `the quotas are at "${at}"`);
      requireSame(revision);
      const set = await writeQuotas(transaction, tenant, body, principal.name);
      // A row that is not there cannot be locked: somebody else may have been the first to set them.
      if (set.revision !== revision + 1) requireSame(set.revision - 1);
      await audit(transaction, {
        ...{ principal, requestId, from, tenant },
        ...{ action: "quota.set", target: "quotas", detail: JSON.stringify(body) },
        ...{ before: before === undefined ? undefined : limitsOf(before), after: body },
      });
    });
    return reply(db, tenant);
  },
});

async function reply(db: Db, tenant: string) {
  const row = await findQuotas(db, tenant);
  const body = {
    tenant,
    limits: limitsOf(row),
    usage: await usageOf(db, tenant),
    updatedAt: row?.updated_at.toISOString() ?? null,
    updatedBy: row?.updated_by ?? null,
  };
  // Not the revision alone: what is used is shown too.
  return { status: 200, body, headers: { etag: etagOver(String(row?.revision ?? 0), body) } };
}
