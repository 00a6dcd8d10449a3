import { pino } from "pino";
import { keepCompiled } from "../runtime/compile-cache.ts";
import { redactedLog } from "./automation/redaction/log.ts";
import { redactor, secretsOf } from "./automation/redact.ts";
import { instanceName } from "./automation/process-tree.ts";
import { SetupError } from "./errors.ts";
import { readSettings } from "./settings.ts";

const redact = redactor(secretsOf(process.env));
// Node would print it as it is.
process.on("uncaughtException", (error) => {
  complain(error);
  process.exit(1);
});

try {
  const settings = readSettings(process.env, await instanceName());
  const log = pino(
    { level: settings.logLevel, base: { service: "causeway" } },
    redactedLog(redact),
  );
  keepCompiled();
  const { startService } = await import("./service.ts");
  const service = await startService({ settings, env: process.env, log });
  greet(service.url);
  stopOnce(["SIGTERM", "SIGINT"], service.stop);
} catch (error) {
  complain(error);
  process.exitCode = 1;
}

/** For a person at a terminal; programs read the log. */
function greet(url: string): void {
  if (process.stdout.isTTY) process.stdout.write(`Causeway listens on ${url}\n`);
}

/** The first signal stops in order, the second at once: children then see their parent gone and interrupt the engine themselves. */
function stopOnce(signals: NodeJS.Signals[], stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (stopping) process.exit(130);
      stopping = true;
      void stop().then(
        () => process.exit(0),
        (error: unknown) => {
          complain(error);
          process.exit(1);
        },
      );
    });
  }
}

function complain(error: unknown): void {
  process.stderr.write(redact(`${wordsOf(error)}\n`));
}

function wordsOf(error: unknown): string {
  if (error instanceof SetupError) {
    const cause = error.cause instanceof Error ? `\n  (${error.cause.message})` : "";
    return `causeway: ${error.message}\n  ${error.remedy}${cause}`;
  }
  return `causeway: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
