import { pino, type Logger } from "pino";
import { scrub } from "./secrets.ts";

export type Log = Logger;

/** JSON lines on standard output, one write each, every line scrubbed of secrets as a whole: whatever was logged, however deep. */
export function createLog(
  bindings: Readonly<Record<string, unknown>>,
  options: { readonly level?: string; readonly write?: (line: string) => void } = {},
): Log {
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  return pino(
    { level: options.level ?? "info", base: bindings },
    { write: (line: string) => write(scrub(line)) },
  );
}
