import { randomUUID } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import { looksSecret } from "../../infra/spec/index.ts";
import { currentTraceId } from "../telemetry/trace.ts";

interface Locals {
  requestId: string;
  log: Logger;
  /** The template of the address that the request found, if it found one. */
  route?: string;
  /** Whether people read there, in a browser. */
  isPage?: boolean;
}

const acceptable = /^[\w.:-]{1,128}$/;
/** It is logged, traced and kept in the audit log. */
const isDecent = (id: string): boolean => acceptable.test(id) && !looksSecret(id);

/** Gives each request an id (the caller's own x-request-id when it is a decent one) and a logger that carries it. */
export function identify(log: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.get("x-request-id") ?? "";
    const requestId = isDecent(given) ? given : randomUUID();
    const traceId = currentTraceId();
    const about = { request: requestId, ...(traceId === undefined ? {} : { trace: traceId }) };
    const locals: Locals = { requestId, log: log.child(about) };
    Object.assign(response.locals, locals);
    response.set({
      "x-request-id": requestId,
      "x-content-type-options": "nosniff",
      // A browser that has signed in hands nothing of it to other origins' pages.
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    next();
  };
}

/** Notes which address a request has found, and whether it is a page. */
export function atRoute(route: string, isPage: boolean): RequestHandler {
  return (_request, response, next) => {
    Object.assign(response.locals, { route, isPage } satisfies Partial<Locals>);
    next();
  };
}

/** Whether whoever asked wants to read the answer in a browser, also where it is a problem; at no address, nobody knows better. */
export function wantsPage(request: Request, response: Response): boolean {
  const { route, isPage = route === undefined } = response.locals as Locals;
  return isPage && request.accepts(["json", "html"]) === "html";
}

export function routeOf(response: Response): string | undefined {
  return (response.locals as Locals).route;
}

export function requestIdOf(response: Response): string {
  return (response.locals as Locals).requestId;
}

export function logOf(response: Response): Logger {
  return (response.locals as Locals).log;
}
