import type { Logger } from "pino";

/** Sends what is left and stops. */
export type StopTracing = () => Promise<void>;

/**
 * Exports spans by OTLP over HTTP when OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) is set, as the OpenTelemetry specification names
 * its variables; otherwise nothing is even loaded.
 */
export async function startTracing(env: NodeJS.ProcessEnv, log: Logger): Promise<StopTracing> {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "";
  if (endpoint === "" || env.OTEL_SDK_DISABLED === "true") return () => Promise.resolve();
  const { startExporting } = await import("./exporting.ts");
  log.info("traces are exported");
  return startExporting(env);
}
