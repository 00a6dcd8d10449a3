import type { Redactor } from "../redact.ts";
import { RedactedStream } from "./stream.ts";

/**
 * Everything that this process and the program in it print goes without secrets, the last words of an error that nobody caught included.
 */
export function hideSecrets(process: NodeJS.Process, redact: Redactor): void {
  for (const out of [process.stdout, process.stderr]) {
    const stream = new RedactedStream(redact);
    const original = out.write.bind(out);
    const write = (text: string): boolean => original(text);
    const redacting = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
      const clean = stream.push(typeof chunk === "string" ? chunk : Buffer.from(chunk));
      const done = rest.at(-1);
      if (typeof done === "function") setImmediate(done as () => void);
      return clean === "" ? true : write(clean);
    };
    out.write = redacting;
    process.on("exit", () => write(stream.end()));
  }
  // Node itself would print it past the streams.
  process.on("uncaughtException", (error) => {
    process.stderr.write(`${error.stack ?? String(error)}\n`);
    process.exit(1);
  });
}
