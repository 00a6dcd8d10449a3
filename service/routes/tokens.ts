import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { audit } from "../audit/record.ts";
import { hashOfSecret, newSecret, writeMachineToken } from "../auth/machine-token.ts";
import {
  endOf,
  MadeToken,
  NewOperatorToken,
  NewTenantToken,
  presentToken,
  Token,
} from "../auth/token-schemas.ts";
import type { Context } from "../context.ts";
import {
  findToken,
  insertToken,
  listTokens,
  lockToken,
  replaceSecret,
  revokeToken,
  type TokenRow,
} from "../db/tokens.ts";
import { endpoint, invalid, type Parsed, type Reply } from "../http/endpoint.ts";
import { etagOver, requireMatch, shortDigest } from "../http/etag.ts";
import { once } from "../http/once.ts";
import { fromCursor, page, pageQuery, noQuery } from "../http/page.ts";
import { notFound } from "../http/problem.ts";
import { pageOf } from "../http/schemas.ts";
import { idempotencyHeader, operatorTokenPath, tenantPath, tenantTokenPath } from "./paths.ts";

type Asked<B = unknown, Q = unknown> = Pick<
  Parsed<unknown, Q, B>,
  "body" | "header" | "query" | "principal" | "requestId" | "from"
>;

const made = {
  201: {
    description: "The token, for this once with its secret.",
    schema: MadeToken,
    headers: { Location: "Where it can be read and revoked." },
  },
};

const tokenHeaders = {
  "Idempotency-Key": `${idempotencyHeader["Idempotency-Key"]} A token that is asked for again gets another secret, and the first is void.`,
};

export const tenantTokenCreate = endpoint({
  method: "post",
  path: "/v1/tenants/{tenant}/tokens",
  access: { tenant: "admin" },
  operationId: "createTenantToken",
  summary: "Make a machine token for a tenant, such as for CI",
  params: tenantPath,
  query: noQuery,
  body: NewTenantToken,
  headers: tokenHeaders,
  answers: made,
  problems: ["key-reused"],
  handle: (request, context) => make(request, context, request.params.tenant, request.body.role),
});

export const operatorTokenCreate = endpoint({
  method: "post",
  path: "/v1/tokens",
  access: "operator",
  operationId: "createOperatorToken",
  summary: "Make a machine token that may do everything",
  params: fields({}),
  query: noQuery,
  body: NewOperatorToken,
  headers: tokenHeaders,
  answers: made,
  problems: ["key-reused"],
  handle: (request, context) => make(request, context, null, "operator"),
});

async function make(
  request: Asked<{ name: string; days?: number | undefined }>,
  { db }: Context,
  tenant: string | null,
  role: TokenRow["role"],
): Promise<Reply> {
  const { principal, requestId, from } = request;
  const { name, days } = request.body;
  const expiresAt = endOf(days, principal.until);
  if (expiresAt === undefined) throw outlives(principal.until);
  const secret = newSecret();
  const row = await db.transaction().execute(async (transaction) => {
    const keyed = {
      scope: tenant ?? "",
      key: request.header("idempotency-key"),
      what: ["POST", "tokens", tenant, request.body],
    };
    const { row: inserted, isNew } = await once(transaction, keyed, {
      first: async () => ({
        row: await insertToken(transaction, {
          ...{ name, tenant, role, expiresAt },
          secretHash: hashOfSecret(secret),
          createdBy: principal.name,
        }),
        isNew: true,
      }),
      idOf: ({ row }) => row.id,
      // The first secret is not kept, so it cannot be told again: it is replaced.
      again: async (id) => {
        const row = await replaceSecret(transaction, id, hashOfSecret(secret));
        return row === undefined ? undefined : { row, isNew: false };
      },
    });
    await audit(transaction, {
      ...{ principal, requestId, from, tenant },
      action: isNew ? "token.create" : "token.renew",
      target: `tokens/${inserted.id}`,
      after: presentToken(inserted),
      detail: `${name}: ${role} until ${expiresAt.toISOString()}`,
    });
    return inserted;
  });
  const body = { ...presentToken(row), token: writeMachineToken(row.id, secret) };
  return { status: 201, body, headers: { location: `${collection(tenant)}/${row.id}` } };
}

function outlives(until: Date | undefined) {
  const detail = `A token may not outlive the one that makes it, which ends on ${until?.toISOString() ?? ""}. Ask for fewer days, or log in and make it yourself.`;
  return invalid([{ in: "body", pointer: "/days", detail }]);
}

const listed = {
  query: fields(pageQuery),
  answers: { 200: { description: "A page of tokens.", schema: pageOf(Token) } },
  problems: [],
};

export const tenantTokenList = endpoint({
  ...listed,
  method: "get",
  path: "/v1/tenants/{tenant}/tokens",
  access: { tenant: "admin" },
  operationId: "listTenantTokens",
  summary: "List a tenant's machine tokens, newest first",
  params: tenantPath,
  handle: (request, context) => list(request, context, request.params.tenant),
});

export const operatorTokenList = endpoint({
  ...listed,
  method: "get",
  path: "/v1/tokens",
  access: "operator",
  operationId: "listOperatorTokens",
  summary: "List the operators' machine tokens, newest first",
  params: fields({}),
  handle: (request, context) => list(request, context, null),
});

async function list(
  { query: { limit, cursor } }: Asked<unknown, z.output<typeof listed.query>>,
  { db }: Context,
  tenant: string | null,
): Promise<Reply> {
  const rows = await listTokens(db, { tenant, limit, after: fromCursor(z.string(), cursor) });
  return { status: 200, body: page(rows, limit, (row) => row.id, presentToken) };
}

const one = {
  query: noQuery,
  answers: {
    200: { description: "The token.", schema: Token, headers: { ETag: "For If-Match." } },
  },
};

export const tenantTokenGet = endpoint({
  ...one,
  method: "get",
  path: "/v1/tenants/{tenant}/tokens/{token}",
  access: { tenant: "admin" },
  operationId: "getTenantToken",
  summary: "Read a tenant's machine token, without its secret",
  params: tenantTokenPath,
  problems: ["not-found"],
  handle: ({ params }, context) => get(context, params.tenant, params.token),
});

export const operatorTokenGet = endpoint({
  ...one,
  method: "get",
  path: "/v1/tokens/{token}",
  access: "operator",
  operationId: "getOperatorToken",
  summary: "Read an operators' machine token, without its secret",
  params: operatorTokenPath,
  problems: ["not-found"],
  handle: ({ params }, context) => get(context, null, params.token),
});

async function get({ db }: Context, tenant: string | null, id: string): Promise<Reply> {
  const row = await findToken(db, id);
  // Of one that is revoked the list still tells.
  if (row?.tenant !== tenant || row.revoked_at !== null) throw notFound(`token ${id}`);
  const body = presentToken(row);
  return { status: 200, body, headers: { etag: etagOver(heldOf(row), body) } };
}

/** What If-Match holds on to: a secret that was replaced and a revocation count, a use does not. */
function heldOf({ secret_hash, revoked_at }: TokenRow): string {
  return shortDigest(`${secret_hash} ${revoked_at?.toISOString() ?? ""}`);
}

const revoked = {
  query: noQuery,
  headers: {
    "If-Match":
      "An ETag of the token; refused with 412 when it was revoked or got another secret since.",
  },
  answers: { 200: { description: "It is revoked: its next use is refused.", schema: Token } },
};

export const tenantTokenRevoke = endpoint({
  ...revoked,
  method: "delete",
  path: "/v1/tenants/{tenant}/tokens/{token}",
  access: { tenant: "admin" },
  operationId: "revokeTenantToken",
  summary: "Revoke a tenant's machine token, at once",
  params: tenantTokenPath,
  problems: ["not-found", "precondition-failed"],
  handle: (request, context) =>
    revoke(request, context, request.params.tenant, request.params.token),
});

export const operatorTokenRevoke = endpoint({
  ...revoked,
  method: "delete",
  path: "/v1/tokens/{token}",
  access: "operator",
  operationId: "revokeOperatorToken",
  summary: "Revoke an operators' machine token, at once",
  params: operatorTokenPath,
  problems: ["not-found", "precondition-failed"],
  handle: (request, context) => revoke(request, context, null, request.params.token),
});

async function revoke(
  { principal, requestId, from, header }: Asked,
  { db }: Context,
  tenant: string | null,
  id: string,
): Promise<Reply> {
  const row = await db.transaction().execute(async (transaction) => {
    const found = await lockToken(transaction, id, tenant);
    if (found === undefined) throw notFound(`token ${id}`);
    requireMatch(header("if-match"), heldOf(found), "the token has changed since");
    const revoked = await revokeToken(transaction, id, tenant);
    if (revoked === undefined) throw notFound(`token ${id}`);
    await audit(transaction, {
      ...{ principal, requestId, from, tenant },
      action: "token.revoke",
      target: `tokens/${id}`,
      detail: revoked.name,
    });
    return revoked;
  });
  return { status: 200, body: presentToken(row) };
}

function collection(tenant: string | null): string {
  return tenant === null ? "/v1/tokens" : `/v1/tenants/${tenant}/tokens`;
}
