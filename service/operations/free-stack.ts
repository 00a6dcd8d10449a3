import { rm } from "node:fs/promises";
import type { Logger } from "pino";
import { operationEnvironment } from "../automation/environment.ts";
import { releaseStackLock } from "../automation/stack-lock.ts";
import type { OperationRow } from "../db/operations.ts";
import type { EventBuffer } from "./event-buffer.ts";
import type { Executor } from "./execute.ts";
import { workFolder } from "./request-for.ts";

/**
 * Takes away a lock that a dead process left on an operation's stack, and says so in its events.
 * @param diedOn the host whose processes are proven dead; default: this one.
 * @returns `held`: by a process that lives, or it could not be found out.
 */
export async function freeStack(
  { settings, env }: Pick<Executor, "settings" | "env">,
  row: OperationRow,
  events: EventBuffer,
  log: Logger,
  diedOn?: string,
): Promise<"free" | "released" | "held"> {
  const workDir = workFolder(settings, row);
  try {
    const lock = await releaseStackLock({
      stack: row.stack,
      engine: settings.engine,
      workDir,
      env: operationEnvironment(env),
      ...(diedOn === undefined ? {} : { diedOn }),
    });
    if (typeof lock === "object") {
      const { pid, hostname } = lock.heldBy;
      events.note(`The stack is locked by process ${pid} on ${hostname}, which may live.`);
      log.warn({ holder: lock.heldBy }, "the stack is locked by a process that may live");
      return "held";
    }
    if (lock === "released") events.note("The stack's lock was released.");
    return lock === "released" ? "released" : "free";
  } catch (error) {
    log.error({ err: error }, "the stack's lock could not be inspected");
    return "held";
  } finally {
    await rm(workDir, { recursive: true, force: true }).catch(() => undefined);
  }
}
