import type { Request, RequestHandler, Response } from "express";
import type { Authenticate } from "../auth/authenticate.ts";
import { nobody, type Access, type Principal } from "../auth/principal.ts";
import type { Endpoint } from "./endpoint.ts";

/** Who sent the request; nobody where nothing was asked. */
export function principalOf(response: Response): Principal {
  return (response.locals as { principal?: Principal }).principal ?? nobody;
}

/** Lets nobody through who cannot say who they are. */
export function signIn(authenticate: Authenticate): RequestHandler {
  return async (request, response, next) => {
    response.locals.principal = await authenticate({
      method: request.method,
      authorization: request.get("authorization"),
      host: request.get("host"),
      cookies: request.get("cookie"),
      origin: request.get("origin"),
      fetchSite: request.get("sec-fetch-site"),
      from: request.ip ?? "",
    });
    next();
  };
}

/** What stands before an endpoint's body is even read. */
export function guardsOf({ access }: Endpoint, authenticate: Authenticate): RequestHandler[] {
  if (access === "public") return [];
  return [signIn(authenticate), authorise(access)];
}

function authorise(access: Exclude<Access, "public">): RequestHandler {
  return (request, response, next) => {
    const principal = principalOf(response);
    if (access === "operator") principal.requireOperator();
    else if (access !== "signed-in") principal.require(tenantOf(request), access.tenant);
    next();
  };
}

function tenantOf({ params }: Request): string {
  const { tenant } = params;
  return typeof tenant === "string" ? tenant : "";
}

/** @throws Error for an endpoint that says nothing about who may call it, or something that cannot be checked. */
export function requireAccess({ operationId, path, access }: Endpoint): void {
  const wrong = wrongAccess(path, access);
  if (wrong !== undefined) throw new Error(`${operationId} cannot be mounted: ${wrong}.`);
}

function wrongAccess(path: string, access: Access | undefined): string | undefined {
  if (access === undefined) return "it does not say who may call it (access)";
  if (typeof access === "string") {
    return ["public", "signed-in", "operator"].includes(access)
      ? undefined
      : `access is ${access}, expected public, signed-in, operator or a tenant's need`;
  }
  if (!["read", "write", "admin"].includes(access.tenant)) return "the tenant's need is unknown";
  return path.includes("{tenant}")
    ? undefined
    : `it needs a role in a tenant, but ${path} has no path parameter {tenant}`;
}
