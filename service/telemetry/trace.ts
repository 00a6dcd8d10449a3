import {
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
} from "@opentelemetry/api";
import { version } from "./version.ts";

/** Without an exporter its spans are empty and cost next to nothing. */
export const tracer = trace.getTracer("causeway", version);

/** The span that this code runs under, as W3C Trace Context writes it; undefined: nobody traces. */
export function currentTraceparent(): string | undefined {
  const span = spanContext(context.active());
  return span === undefined ? undefined : writeTraceparent(span);
}

/** The id that log lines and problems carry. */
export function currentTraceId(): string | undefined {
  return spanContext(context.active())?.traceId;
}

export function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** The context of a span elsewhere: of another service, or of the request that queued an operation long ago. */
export function contextOf(traceparent: string | null | undefined): Context {
  const match = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? "");
  if (match === null) return ROOT_CONTEXT;
  const [, traceId = "", spanId = "", flags = ""] = match;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const remote = { traceId, spanId, traceFlags, isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

/** Ends a span; `code`: why what it stands for did not succeed. */
export function endSpan(span: Span, code: string | null, at?: Date): void {
  if (code !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
  span.end(at);
}

function spanContext(where: Context): SpanContext | undefined {
  const span = trace.getSpanContext(where);
  return span !== undefined && isSpanContextValid(span) ? span : undefined;
}
