import type { ErrorRequestHandler, Request, Response } from "express";
import { withoutShapes } from "../automation/redaction/shapes.ts";
import type { Context } from "../context.ts";
import { principalOf } from "../http/guards.ts";
import { RequestProblem } from "../http/problem.ts";
import { logOf, requestIdOf } from "../http/request.ts";
import { audit, type Deed } from "./record.ts";

/** The same refusal to the same caller is written down once in this time: nobody fills the log by knocking. */
const quietMs = 60_000;
const mostRemembered = 10_000;

/** Writes down what somebody known was refused; the answer does not wait for it. */
export function auditRefusals({ db }: Pick<Context, "db">): ErrorRequestHandler {
  const lately = new Map<string, number>();
  return (error: unknown, request, response, next) => {
    const deed = refusalOf(error, request, response);
    if (deed !== undefined && isNew(lately, deed)) {
      db.transaction()
        .execute((transaction) => audit(transaction, deed))
        .catch((failure: unknown) =>
          logOf(response).error({ err: failure }, "a refusal could not be written down"),
        );
    }
    next(error);
  };
}

function refusalOf(error: unknown, request: Request, response: Response): Deed | undefined {
  if (!(error instanceof RequestProblem)) return undefined;
  const { refused } = error;
  if (refused === undefined) return undefined;
  const principal = refused.principal ?? principalOf(response);
  if (principal.kind === "nobody") return undefined;
  return {
    principal,
    action: "request",
    outcome: "refused",
    tenant: refused.tenant,
    target: withoutShapes(`${request.method} ${request.path}`).slice(0, 300),
    detail: withoutShapes(error.message),
    requestId: requestIdOf(response),
    from: request.ip ?? null,
  };
}

function isNew(lately: Map<string, number>, deed: Deed): boolean {
  const what = `${deed.principal.id} ${deed.target}`;
  const now = Date.now();
  const last = lately.get(what);
  if (last !== undefined && now - last < quietMs) return false;
  if (lately.size >= mostRemembered) lately.clear();
  lately.set(what, now);
  return true;
}
