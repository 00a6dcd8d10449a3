import type { DestinationStream } from "pino";
import type { Redact } from "../redact.ts";

/** Where a log's lines go, each without secrets: what a field was meant to hold and what it holds are two things. */
export function redactedLog(
  redact: Redact,
  out: Pick<NodeJS.WriteStream, "write"> = process.stdout,
): DestinationStream {
  return { write: (line) => void out.write(redact(line)) };
}
