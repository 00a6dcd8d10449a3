import { context, SpanKind, trace, type Span } from "@opentelemetry/api";
import type { OperationEvent } from "../automation/events.ts";
import type { OperationRow } from "../db/operations.ts";
import { contextOf, endSpan, tracer, writeTraceparent } from "../telemetry/trace.ts";
import type { RunEngine } from "./execute.ts";

/**
 * Runs an attempt under a span of the trace that the request began, beside one for the time that it waited. Names in attributes are those
 * that the API shows; values of properties are left to the events. `run` answers with why it did not succeed, else null.
 */
export async function traceAttempt(
  operation: OperationRow,
  run: () => Promise<string | null>,
): Promise<void> {
  const parent = contextOf(operation.traceparent);
  const attributes = {
    "causeway.operation.id": operation.id,
    "causeway.operation.action": operation.action,
    "causeway.operation.attempt": operation.attempts,
    "causeway.tenant": operation.tenant,
    "causeway.pipeline": operation.pipeline,
    "causeway.generation": operation.generation,
  };
  if (operation.attempts === 1) {
    tracer
      .startSpan("operation queued", { startTime: operation.created_at, attributes }, parent)
      .end();
  }
  const span = tracer.startSpan(
    `operation ${operation.action}`,
    { kind: SpanKind.CONSUMER, attributes },
    parent,
  );
  await context.with(trace.setSpan(parent, span), async () => {
    let code: string | null = "service-failed";
    try {
      code = await run();
    } finally {
      endSpan(span, code);
    }
  });
}

/** An engine whose child has a span, with one below it for the engine's action and one for each resource that it works on. */
export function traced(engine: RunEngine): RunEngine {
  return async (request, options) => {
    const child = tracer.startSpan("operation child");
    const within = trace.setSpan(context.active(), child);
    const steps = new Steps(`engine ${request.action}`, within);
    const { onEvent, onSpawn } = options;
    let code: string | null = "child-failed";
    try {
      const traceparent = child.isRecording() ? writeTraceparent(child.spanContext()) : undefined;
      const result = await context.with(within, () =>
        engine(traceparent === undefined ? request : { ...request, traceparent }, {
          ...options,
          onSpawn: (identity) => {
            child.setAttribute("process.pid", identity.pid);
            return onSpawn?.(identity);
          },
          onEvent: (event) => {
            steps.saw(event);
            onEvent(event);
          },
        }),
      );
      code = result.failure?.code ?? null;
      return result;
    } finally {
      steps.end(code);
      endSpan(child, code);
    }
  };
}

/** The engine's action begins with its first word. */
class Steps {
  readonly #name: string;
  readonly #parent: ReturnType<typeof context.active>;
  readonly #open = new Map<string, Span>();
  #engine: Span | undefined;

  constructor(name: string, parent: ReturnType<typeof context.active>) {
    this.#name = name;
    this.#parent = parent;
  }

  saw(event: OperationEvent): void {
    const at = new Date(event.at);
    this.#engine ??= tracer.startSpan(this.#name, { startTime: at }, this.#parent);
    if (event.kind !== "resource") return;
    const step = `${event.op} ${event.urn}`;
    if (event.status === "started") {
      const attributes = { "causeway.resource.urn": event.urn, "causeway.resource.op": event.op };
      const below = trace.setSpan(this.#parent, this.#engine);
      const span = tracer.startSpan(
        `${event.op} ${event.type}`,
        { startTime: at, attributes },
        below,
      );
      this.#open.set(step, span);
      return;
    }
    const span = this.#open.get(step);
    if (span === undefined) return;
    this.#open.delete(step);
    endSpan(span, event.status === "failed" ? "resource-failed" : null, at);
  }

  end(code: string | null): void {
    for (const span of this.#open.values()) endSpan(span, "not-done");
    if (this.#engine !== undefined) endSpan(this.#engine, code);
  }
}
