import {
  CommandError,
  StackNotFoundError,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { EngineOwn } from "./engine-own.ts";
import { fromEngine, type OperationEvent, type ResourceCounts } from "./events.ts";
import { causeOf, engineDied, wasKilled } from "./failure.ts";
import { openStack, valuesOf } from "./open-stack.ts";
import { tellingSecrets } from "./program-secrets.ts";
import type { Redactor } from "./redact.ts";
import type { StackSecrets } from "../previews/findings.ts";
import { repairStack } from "./repair-stack.ts";
import { setSecrets } from "./secret-config.ts";
import { HeardOutputs, outputsIn } from "./stack-outputs.ts";
import { stateBefore, type StateBefore } from "./state-before.ts";
import { StateUnreadable } from "./state-secrets.ts";
import { ExportedState } from "../previews/exported.ts";
import { Overseer } from "../previews/overseer.ts";
import { Refusal } from "../previews/refusal.ts";
import type { FromChild, OperationFailure, OperationRequest, StackOutputs } from "./request.ts";

type Settled = Extract<FromChild, { type: "settled" }>["result"];

export interface RunStackOptions {
  /** Module whose export `program` is the inline program. */
  program: URL;
  /** Learns what the stack held before, and what the program makes. */
  redact: Redactor;
  /** Aborting interrupts the engine once (SIGINT): steps under way end, then it stops. */
  signal: AbortSignal;
  onEvent: (event: OperationEvent) => void;
  /** Told what was done about the stack beside what was asked. */
  onNote?: (message: string) => void;
}

/** Runs one action on one stack in this process. Never throws: whatever happens becomes the result. */
export async function runStack(
  request: OperationRequest,
  options: RunStackOptions,
): Promise<Settled> {
  const seen: OperationEvent[] = [];
  const report = (event: OperationEvent): void => {
    if (event.kind !== "resource" || event.status === "failed") seen.push(event);
    options.onEvent(event);
  };
  const overseer = overseerOf(request);
  let state: StateBefore["state"] = Promise.resolve(undefined);
  try {
    options.signal.throwIfAborted();
    const { redact } = options;
    const program = tellingSecrets(await loadProgram(options.program), (value) =>
      redact.learn([value]),
    );
    const before = await stateBefore(request, redact);
    ({ state } = before);
    const watched = overseer?.watch(program) ?? program;
    const stack = await openStack(request, watched, before.exists);
    await configure(stack, request, { ...before.encryption, ...overseer?.secrets });
    if (overseer?.approves === true) await overseer.check(new ExportedState(await state));
    options.signal.throwIfAborted();
    const made = await act(stack, request, { ...options, onEvent: report }, { overseer, state });
    const text = await state;
    // A refresh looks at resources; what the stack's program gave out stays.
    const refreshed = request.action === "refresh" && request.previewOnly !== true;
    const outputs = refreshed ? outputsIn(text) : made;
    const findings = await overseer?.findings(new ExportedState(text), redact);
    return {
      outcome: "succeeded",
      changes: countsOf(seen),
      outputs,
      failure: null,
      ...(findings === undefined ? {} : { findings }),
    };
  } catch (thrown) {
    // A state that cannot be read is why an engine fails that waits for it; and only who knows its secrets may quote what failed.
    const error: unknown = await state.then(
      () => thrown,
      (unreadable: unknown) => unreadable,
    );
    if (request.action === "destroy" && error instanceof StackNotFoundError) return nothingThere;
    return unsuccessful(error, seen, options, overseer?.refusal);
  }
}

function unsuccessful(
  error: unknown,
  seen: readonly OperationEvent[],
  { signal, redact }: RunStackOptions,
  refusal: OperationFailure | undefined,
): Settled {
  const end = { changes: countsOf(seen), outputs: null };
  if (signal.aborted) return { outcome: "cancelled", ...end, failure: interrupted };
  const why = error instanceof Refusal ? error.failure : refusal;
  const failure = why ?? (wasKilled(error) ? engineDied : causeOf(seen, redact(wordsOf(error))));
  return { outcome: "failed", ...end, failure };
}

function overseerOf(request: OperationRequest): Overseer | undefined {
  const { oversight } = request;
  return oversight === undefined ? undefined : new Overseer(request, oversight, process.env);
}

/** Nothing was ever built, so nothing is left to destroy. */
const nothingThere: Settled = { outcome: "succeeded", changes: {}, outputs: null, failure: null };

const interrupted: OperationFailure = {
  code: "cancelled",
  message: "The engine was interrupted before it was done.",
  resource: null,
  remedy: "PUT the spec again to go on from what is there, or DELETE the pipeline.",
};

async function loadProgram(module: URL): Promise<PulumiFn> {
  const { program } = (await import(module.href)) as { program?: unknown };
  if (typeof program !== "function") {
    throw new TypeError(`${module.pathname} has no function called "program".`);
  }
  return program as PulumiFn;
}

/** Says how the stack's secrets are encrypted (of one that was just made the engine has written it down), then sets those of the config. */
async function configure(
  stack: Stack,
  request: OperationRequest,
  encryption: StackSecrets,
): Promise<void> {
  if (Object.keys(encryption).length > 0) {
    const settings = { ...encryption, config: valuesOf(request, { secret: false }) };
    await stack.workspace.saveStackSettings(stack.name, settings);
  }
  await setSecrets(request, valuesOf(request, { secret: true }));
}

async function act(
  stack: Stack,
  request: OperationRequest,
  { redact, signal, onEvent, onNote = () => undefined }: RunStackOptions,
  { overseer, state }: { overseer: Overseer | undefined; state: StateBefore["state"] },
): Promise<StackOutputs | null> {
  const { action, refresh: asked = false, repair = false, previewOnly = false } = request;
  if (action === "destroy" && request.onlyEmpty === true) {
    // Without force the engine refuses a stack that has resources.
    await stack.workspace.removeStack(stack.name);
    return null;
  }
  const outputs = new HeardOutputs();
  const own = new EngineOwn();
  const common = {
    signal,
    color: "never" as const,
    onEvent: onceKnown(state, (engineEvent: EngineEvent) => {
      overseer?.hear(engineEvent);
      outputs.hear(engineEvent);
      own.hear(engineEvent);
      const event = fromEngine(engineEvent, redact);
      if (event?.kind === "summary") onEvent({ ...event, counts: own.without(event.counts) });
      else if (event !== undefined) onEvent(event);
    }),
  };
  if (repair) await repairStack(stack, { common, note: onNote });
  const refresh = repair || asked;
  const plan = await overseer?.planOptions();
  if (action === "up") {
    await stack.up({ ...common, ...plan, refresh });
    return outputs.tell();
  }
  if (action === "refresh") {
    await stack.refresh({ ...common, previewOnly });
    return null;
  }
  if (action === "preview") {
    await stack.preview({ ...common, ...plan, refresh });
    return null;
  }
  await stack.destroy({ ...common, refresh });
  await stack.workspace.removeStack(stack.name);
  return null;
}

/** Events that come before the redactor knows what to hide wait until it does. */
function onceKnown<E>(known: Promise<unknown>, hear: (event: E) => void): (event: E) => void {
  let waiting: E[] | undefined = [];
  const open = (): void => {
    const early = waiting ?? [];
    waiting = undefined;
    early.forEach(hear);
  };
  known.then(open, () => undefined);
  return (event) => {
    if (waiting === undefined) hear(event);
    else waiting.push(event);
  };
}

function countsOf(events: readonly OperationEvent[]): ResourceCounts | null {
  return events.findLast((event) => event.kind === "summary")?.counts ?? null;
}

function wordsOf(error: unknown): string {
  if (error instanceof CommandError || error instanceof StateUnreadable) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
