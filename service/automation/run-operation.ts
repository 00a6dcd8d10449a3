import { fork, type ChildProcess } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { OperationEvent } from "./events.ts";
import { operationEnvironment } from "./environment.ts";
import { beganAt, killTree, type ProcessIdentity } from "./process-tree.ts";
import { redactor, secretsOf } from "./redact.ts";
import type {
  FromChild,
  OperationFailure,
  OperationRequest,
  OperationResult,
  ToChild,
} from "./request.ts";
import { releaseStackLock } from "./stack-lock.ts";

export interface SpawnOptions {
  onEvent: (event: OperationEvent) => void;
  /** Aborting cancels: the engine is interrupted, and killed when it does not end within the grace. */
  signal?: AbortSignal;
  /** The environment to choose from (see operationEnvironment); default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** After so long the run is cancelled and counts as failed. Default 30 minutes. */
  deadlineMs?: number;
  /** From interrupting to killing. Default 60 seconds. */
  graceMs?: number;
  /** Told as soon as the child lives, so that its identity can be written down. */
  onSpawn?: (child: ProcessIdentity) => void;
}

type Settled = Extract<FromChild, { type: "settled" }>["result"];

const childModule = fileURLToPath(new URL("../operations/child.ts", import.meta.url));
const defaultDeadlineMs = 30 * 60_000;
const defaultGraceMs = 60_000;

/**
 * Runs one engine action in a child process and answers with how it ended; rejects only when no child can be started.
 * Deadline or abort -> interrupt -> grace -> the process group is killed -> the stack's lock is inspected and released.
 */
export async function spawnOperation(
  request: OperationRequest,
  options: SpawnOptions,
): Promise<OperationResult> {
  const started = performance.now();
  const env = operationEnvironment(options.env ?? process.env);
  await mkdir(request.workDir, { recursive: true });
  const child = fork(childModule, [], {
    cwd: request.workDir,
    env,
    execArgv: [],
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const stop = supervise(child, options);
  try {
    const end = await untilEnd(child, request, options.onEvent, options.onSpawn);
    const seconds = (performance.now() - started) / 1000;
    const forced = stop.killed();
    if (forced || end.result === undefined) {
      await releaseStackLock({
        stack: request.stack,
        engine: request.engine,
        workDir: request.workDir,
        env,
      });
    }
    const result = end.result ?? died(end, redactor(secretsOf(env)), stop.reason());
    return { ...judged(result, stop.reason()), seconds, forced };
  } finally {
    stop.clear();
  }
}

type StopReason = "deadline" | "cancelled" | undefined;

/** Watches the deadline and the caller's signal; interrupts first and kills when the grace is over. */
function supervise(child: ChildProcess, options: SpawnOptions) {
  let reason: StopReason;
  let killed = false;
  let grace: NodeJS.Timeout | undefined;
  const stop = (why: StopReason): void => {
    if (reason !== undefined) return;
    reason = why;
    send(child, { type: "cancel" });
    grace = setTimeout(() => {
      killed = true;
      if (child.pid !== undefined) void killTree({ pid: child.pid, began: null });
    }, options.graceMs ?? defaultGraceMs);
  };
  const deadline = setTimeout(() => stop("deadline"), options.deadlineMs ?? defaultDeadlineMs);
  const onAbort = (): void => stop("cancelled");
  if (options.signal?.aborted === true) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  return {
    reason: () => reason,
    killed: () => killed,
    clear: () => {
      clearTimeout(deadline);
      clearTimeout(grace);
      options.signal?.removeEventListener("abort", onAbort);
    },
  };
}

interface End {
  result: Settled | undefined;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last of what the child printed: only there when it broke. */
  printed: string;
}

function untilEnd(
  child: ChildProcess,
  request: OperationRequest,
  onEvent: SpawnOptions["onEvent"],
  onSpawn: SpawnOptions["onSpawn"],
): Promise<End> {
  return new Promise((resolve, reject) => {
    let result: Settled | undefined;
    let printed = "";
    const keepTail = (chunk: Buffer): void => {
      printed = (printed + chunk.toString()).slice(-8_000);
    };
    child.stdout?.on("data", keepTail);
    child.stderr?.on("data", keepTail);
    child.on("spawn", () => {
      void identify(child).then((identity) => onSpawn?.(identity));
      send(child, { type: "run", request });
    });
    child.on("message", (message: FromChild) => {
      if (message.type === "event") onEvent(message.event);
      if (message.type === "settled") result = message.result;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ result, code, signal, printed }));
  });
}

async function identify(child: ChildProcess): Promise<ProcessIdentity> {
  const pid = child.pid ?? -1;
  return { pid, began: await beganAt(pid) };
}

/** The child ended without a word: out of memory, killed, or it could not load the program. */
function died(end: End, redact: (text: string) => string, reason: StopReason): Settled {
  const how = end.signal === null ? `with exit code ${end.code ?? "unknown"}` : `by ${end.signal}`;
  const failure: OperationFailure = {
    code: reason === undefined ? "child-died" : "killed",
    message: `The operation's process ended ${how}. ${redact(end.printed).trim()}`.trim(),
    resource: null,
    remedy: "PUT the spec again: the engine goes on from the state that was written.",
  };
  return {
    outcome: reason === "cancelled" ? "cancelled" : "failed",
    changes: null,
    outputs: null,
    failure,
  };
}

/** A run that the deadline interrupted has failed, whatever the child calls it; one that was done in time has succeeded. */
function judged(result: Settled, reason: StopReason): Settled {
  if (reason !== "deadline" || result.outcome === "succeeded") return result;
  return {
    ...result,
    outcome: "failed",
    failure: {
      code: "deadline",
      message: "The operation took longer than it may and was interrupted.",
      resource: result.failure?.resource ?? null,
      remedy:
        "Look at its events for the resource that did not become ready, then PUT the spec again.",
    },
  };
}

function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => undefined);
}
