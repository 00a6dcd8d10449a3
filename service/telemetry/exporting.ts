import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { StopTracing } from "./tracing.ts";
import { version } from "./version.ts";

const flushWithinMs = 3_000;

/** The exporter reads its address, headers and timeouts from OTEL_EXPORTER_OTLP_*, the sampler from OTEL_TRACES_SAMPLER. */
export function startExporting(env: NodeJS.ProcessEnv): StopTracing {
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? tracesUnder(env);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": env.OTEL_SERVICE_NAME ?? "causeway",
      "service.version": version,
    }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return async () => {
    // A receiver that is away must not keep the service from stopping.
    await Promise.race([
      provider.shutdown().catch(() => undefined),
      new Promise((resolve) => setTimeout(resolve, flushWithinMs).unref()),
    ]);
    trace.disable();
    context.disable();
  };
}

function tracesUnder({ OTEL_EXPORTER_OTLP_ENDPOINT: base = "" }: NodeJS.ProcessEnv): string {
  return `${base.replace(/\/+$/, "")}/v1/traces`;
}
