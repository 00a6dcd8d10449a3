import { randomUUID } from "node:crypto";
import type { RequestHandler, Response } from "express";
import type { Logger } from "pino";

interface Locals {
  requestId: string;
  log: Logger;
}

/** Pages and scripts read again and again; what changes something is worth a line. */
const reads = new Set(["GET", "HEAD"]);

const acceptable = /^[\w.:-]{1,128}$/;

/** Gives each request an id (the caller's own x-request-id when it is a decent one), a logger that carries it, and a line in the log. */
export function identify(log: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.get("x-request-id") ?? "";
    const requestId = acceptable.test(given) ? given : randomUUID();
    const locals: Locals = { requestId, log: log.child({ request: requestId }) };
    Object.assign(response.locals, locals);
    response.set({
      "x-request-id": requestId,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    const began = performance.now();
    response.on("close", () => {
      const level =
        response.statusCode >= 500 ? "error" : reads.has(request.method) ? "debug" : "info";
      locals.log[level](
        {
          method: request.method,
          // Without the query: it may be anything.
          path: request.path,
          status: response.statusCode,
          ms: Math.round(performance.now() - began),
          ...(response.writableFinished ? {} : { aborted: true }),
        },
        "request",
      );
    });
    next();
  };
}

export function requestIdOf(response: Response): string {
  return (response.locals as Locals).requestId;
}

export function logOf(response: Response): Logger {
  return (response.locals as Locals).log;
}
