import { randomUUID } from "node:crypto";
import type { RequestHandler, Response } from "express";
import type { Logger } from "pino";
import type { Metrics } from "../telemetry/metrics.ts";

interface Locals {
  requestId: string;
  log: Logger;
  /** The template of the address that the request found, if it found one. */
  route?: string;
}

/** Pages and scripts read again and again; what changes something is worth a line. */
const reads = new Set(["GET", "HEAD"]);

const acceptable = /^[\w.:-]{1,128}$/;

/** Gives each request an id (the caller's own x-request-id when it is a decent one), a logger that carries it, and a line in the log. */
export function identify(log: Logger, metrics: Metrics): RequestHandler {
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
      const milliseconds = performance.now() - began;
      metrics.requestAnswered(
        {
          method: request.method,
          route: (response.locals as Locals).route ?? "none",
          status: response.statusCode,
          seconds: milliseconds / 1000,
        },
        isStream(response),
      );
      const level =
        response.statusCode >= 500 ? "error" : reads.has(request.method) ? "debug" : "info";
      locals.log[level](
        {
          method: request.method,
          // Without the query: it may be anything.
          path: request.path,
          status: response.statusCode,
          ms: Math.round(milliseconds),
          ...(response.writableFinished ? {} : { aborted: true }),
        },
        "request",
      );
    });
    next();
  };
}

/** Notes which address a request has found. */
export function atRoute(route: string): RequestHandler {
  return (_request, response, next) => {
    (response.locals as Locals).route = route;
    next();
  };
}

/** How long a stream of events stays open says nothing about how quick the service is. */
function isStream(response: Response): boolean {
  return String(response.getHeader("content-type")).startsWith("text/event-stream");
}

export function requestIdOf(response: Response): string {
  return (response.locals as Locals).requestId;
}

export function logOf(response: Response): Logger {
  return (response.locals as Locals).log;
}
