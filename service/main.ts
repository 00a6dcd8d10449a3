import { pino } from "pino";
import { instanceName } from "./automation/process-tree.ts";
import { SetupError } from "./errors.ts";
import { startService } from "./service.ts";
import { readSettings } from "./settings.ts";

try {
  const settings = readSettings(process.env, await instanceName());
  const log = pino({ level: settings.logLevel, base: { service: "causeway" } });
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
  if (error instanceof SetupError) {
    process.stderr.write(`causeway: ${error.message}\n  ${error.remedy}\n`);
    if (error.cause instanceof Error) process.stderr.write(`  (${error.cause.message})\n`);
  } else {
    process.stderr.write(
      `causeway: ${error instanceof Error ? (error.stack ?? "") : String(error)}\n`,
    );
  }
}
