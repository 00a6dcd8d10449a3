import { context, SpanKind, trace } from "@opentelemetry/api";
import type { Request, RequestHandler, Response } from "express";
import { looksSecret } from "../../infra/spec/index.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { contextOf, endSpan, tracer } from "../telemetry/trace.ts";
import { principalOf } from "./guards.ts";
import { isSafe } from "./methods.ts";
import { logOf, requestIdOf, routeOf } from "./request.ts";
import { eventStreamType } from "./streams.ts";

/** Has each request run under a span, which goes on in the caller's trace when it names one. Stands before all else. */
export const underSpan: RequestHandler = (request, response, next) => {
  const parent = contextOf(request.get("traceparent"));
  const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, parent);
  response.on("close", () => {
    const route = routeOf(response);
    if (route !== undefined) span.updateName(`${request.method} ${route}`);
    span.setAttributes({
      "http.request.method": request.method,
      "http.response.status_code": response.statusCode,
      ...(route === undefined ? {} : { "http.route": route }),
      "causeway.request.id": requestIdOf(response),
    });
    endSpan(span, response.statusCode >= 500 ? String(response.statusCode) : null);
  });
  context.with(trace.setSpan(parent, span), next);
};

/** Counts each request and writes its line in the access log when its answer is out, or given up. */
export function observe(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const began = performance.now();
    response.on("close", () => {
      const ms = performance.now() - began;
      const { statusCode: status } = response;
      const answered = { method: request.method, route: routeOf(response) ?? "none", status };
      metrics.requestAnswered({ ...answered, seconds: ms / 1000 }, isStream(response));
      tell(request, response, Math.round(ms));
    });
    next();
  };
}

function tell(request: Request, response: Response, ms: number): void {
  const { statusCode: status } = response;
  // Pages and scripts read again and again; what changes something is worth a line.
  const level = status >= 500 ? "error" : isSafe(request.method) ? "debug" : "info";
  logOf(response)[level](
    {
      method: request.method,
      // Without the query: it may be anything.
      path: looksSecret(request.path) ? "[hidden]" : request.path,
      status,
      ms,
      principal: principalOf(response).id,
      from: request.ip,
      ...(response.writableFinished ? {} : { aborted: true }),
    },
    "request",
  );
}

/** How long a stream of events stays open says nothing about how quick the service is. */
function isStream(response: Response): boolean {
  return String(response.getHeader("content-type")).startsWith(eventStreamType);
}
