import { mkdir } from "node:fs/promises";
import { OperationChild, type ChildEnd } from "./child-process.ts";
import type { OperationEvent } from "./events.ts";
import { operationEnvironment } from "./environment.ts";
import { endTree, type ProcessIdentity } from "./process-tree.ts";
import { redactor, secretsOf } from "./redact.ts";
import type { FromChild, OperationFailure, OperationRequest, OperationResult } from "./request.ts";
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
  /** A child that hears nothing of this process for so long stops by itself. Default 30 seconds. */
  leashMs?: number;
  /** Told as soon as the child lives, so that its identity can be written down; nothing is run before that is done. */
  onSpawn?: (child: ProcessIdentity) => Promise<void> | void;
  /** Told what was done about the child and its stack. */
  onNote?: (message: string) => void;
  /** Where a child that was started before may come from; default: a new one. */
  takeChild?: () => OperationChild | undefined;
}

type Settled = Extract<FromChild, { type: "settled" }>["result"];

const defaultDeadlineMs = 30 * 60_000;
const defaultGraceMs = 60_000;
const defaultLeashMs = 30_000;

/**
 * Runs one engine action in a child process and answers with how it ended; rejects only when no child can be started.
 * Deadline or abort -> interrupt -> grace -> the child is killed with all that it started -> the stack's lock is inspected and released.
 */
export async function spawnOperation(
  request: OperationRequest,
  options: SpawnOptions,
): Promise<OperationResult> {
  const started = performance.now();
  const env = operationEnvironment(options.env ?? process.env);
  await mkdir(request.workDir, { recursive: true });
  const child = options.takeChild?.() ?? new OperationChild(env, request.workDir);
  const stop = supervise(child, options);
  const reported: { result?: Settled } = {};
  child.onMessage((message) => {
    if (message.type === "event") options.onEvent(message.event);
    if (message.type === "note") options.onNote?.(message.message);
    if (message.type === "settled") reported.result = message.result;
  });
  try {
    await began(child, request, options);
    const end = await child.ended;
    const broken = reported.result === undefined || diedUnasked(reported.result.failure?.code);
    const forced = await leaveNothing(child, { killed: stop.killed(), broken }, request, options);
    const result = reported.result ?? died(end, redactor(secretsOf(env)), stop.reason());
    const seconds = (performance.now() - started) / 1000;
    return { ...judged(result, stop.reason()), seconds, forced };
  } finally {
    stop.clear();
  }
}

/** Nothing is asked of a child before it is known who it is: whoever finds this service dead must be able to find it. */
async function began(
  child: OperationChild,
  request: OperationRequest,
  options: SpawnOptions,
): Promise<void> {
  try {
    await options.onSpawn?.(await child.identity());
  } catch (error) {
    await child.kill();
    throw error;
  }
  const { leashMs = defaultLeashMs, graceMs = defaultGraceMs } = options;
  child.send({ type: "run", request, leashMs, graceMs });
}

/**
 * After a child's end: whatever it started ends too, and its stack is not left locked.
 * @returns whether it may have been in the middle of something.
 */
async function leaveNothing(
  child: OperationChild,
  { killed, broken }: { killed: boolean; broken: boolean },
  { stack, engine, workDir }: OperationRequest,
  { graceMs = defaultGraceMs, onNote = () => undefined, env: from = process.env }: SpawnOptions,
): Promise<boolean> {
  const rest = await endTree(await child.identity(), graceMs);
  if (rest === "ended") onNote("The operation's engine outlived it and was interrupted.");
  if (rest === "killed") onNote("The operation's engine did not end within the grace: killed.");
  if (rest === "alive") {
    onNote("The operation's engine cannot be killed: its stack stays locked.");
    return true;
  }
  if (killed) onNote("The operation did not end within the grace: it was killed with its engine.");
  if (!killed && !broken && rest === "quiet") return false;
  const env = operationEnvironment(from);
  // It is not this run that failed: whoever comes next finds the lock, and its holder dead.
  const lock = await releaseStackLock({ stack, engine, workDir, env }).catch(() => "kept");
  if (lock === "kept") onNote("The stack's lock could not be released.");
  if (lock === "released") onNote("Its processes are gone; the stack's lock was released.");
  return true;
}

type StopReason = "deadline" | "cancelled" | undefined;

/** Watches the deadline and the caller's signal; interrupts first and kills when the grace is over. */
function supervise(child: OperationChild, options: SpawnOptions) {
  const { graceMs = defaultGraceMs, leashMs = defaultLeashMs, onNote } = options;
  let reason: StopReason;
  let killed = false;
  let grace: NodeJS.Timeout | undefined;
  const stop = (why: StopReason): void => {
    if (reason !== undefined) return;
    reason = why;
    onNote?.(
      `The engine is interrupted (${why === "deadline" ? "its time is over" : "cancelled"}): what is under way may end within ${graceMs / 1000} s.`,
    );
    child.send({ type: "cancel" });
    grace = setTimeout(() => {
      killed = true;
      void child.kill();
    }, graceMs);
  };
  const deadline = setTimeout(() => stop("deadline"), options.deadlineMs ?? defaultDeadlineMs);
  const alive = setInterval(() => child.send({ type: "alive" }), Math.min(leashMs / 6, 2_000));
  const onAbort = (): void => stop("cancelled");
  if (options.signal?.aborted === true) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  return {
    reason: () => reason,
    killed: () => killed,
    clear: () => {
      clearTimeout(deadline);
      clearTimeout(grace);
      clearInterval(alive);
      options.signal?.removeEventListener("abort", onAbort);
    },
  };
}

/** Whether the child, or its engine, was ended by somebody else: it may have been in the middle of something. */
export function diedUnasked(code: string | undefined): boolean {
  return code === "child-died" || code === "engine-died";
}

/** The child ended without a word: out of memory, killed, or it could not load the program. */
function died(end: ChildEnd, redact: (text: string) => string, reason: StopReason): Settled {
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
