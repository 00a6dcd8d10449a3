import { mkdir } from "node:fs/promises";
import {
  CommandError,
  LocalWorkspace,
  PulumiCommand,
  StackNotFoundError,
  type OutputMap,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { fromEngine, type OperationEvent, type ResourceCounts } from "./events.ts";
import { causeOf } from "./failure.ts";
import { projectName } from "./project.ts";
import type { Redact } from "./redact.ts";
import type { FromChild, OperationFailure, OperationRequest, StackOutputs } from "./request.ts";

type Settled = Extract<FromChild, { type: "settled" }>["result"];

export interface RunStackOptions {
  /** Module whose export `program` is the inline program. */
  program: URL;
  redact: Redact;
  /** Aborting interrupts the engine once (SIGINT): steps under way end, then it stops. */
  signal: AbortSignal;
  onEvent: (event: OperationEvent) => void;
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
  try {
    options.signal.throwIfAborted();
    const stack = await openStack(request, await loadProgram(options.program));
    options.signal.throwIfAborted();
    const outputs = await act(stack, request, { ...options, onEvent: report });
    return { outcome: "succeeded", changes: countsOf(seen), outputs, failure: null };
  } catch (error) {
    if (request.action === "destroy" && error instanceof StackNotFoundError) return nothingThere;
    const changes = countsOf(seen);
    if (options.signal.aborted) {
      return { outcome: "cancelled", changes, outputs: null, failure: interrupted };
    }
    const failure = causeOf(seen, options.redact(wordsOf(error)));
    return { outcome: "failed", changes, outputs: null, failure };
  }
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

async function openStack(request: OperationRequest, program: PulumiFn): Promise<Stack> {
  await mkdir(request.workDir, { recursive: true });
  const stackName = request.stack;
  const plain = Object.entries(request.config).filter(([, { secret }]) => secret !== true);
  const secrets = Object.entries(request.config).filter(([, { secret }]) => secret === true);
  const open =
    request.action === "up" || request.action === "preview"
      ? LocalWorkspace.createOrSelectStack.bind(LocalWorkspace)
      : LocalWorkspace.selectStack.bind(LocalWorkspace);
  const stack = await open(
    { stackName, projectName, program },
    {
      workDir: request.workDir,
      pulumiCommand: await PulumiCommand.get(
        request.engine === undefined ? {} : { root: request.engine },
      ),
      projectSettings: { name: projectName, runtime: "nodejs", main: request.workDir },
      // One file instead of one engine start per value.
      stackSettings: {
        [stackName]: { config: Object.fromEntries(plain.map(([key, { value }]) => [key, value])) },
      },
    },
  );
  if (secrets.length > 0) {
    await stack.setAllConfig(
      Object.fromEntries(secrets.map(([key, { value }]) => [key, { value, secret: true }])),
    );
  }
  return stack;
}

async function act(
  stack: Stack,
  { action, refresh = false }: OperationRequest,
  { redact, signal, onEvent }: RunStackOptions,
): Promise<StackOutputs | null> {
  const common = {
    signal,
    color: "never" as const,
    onEvent: (engineEvent: Parameters<typeof fromEngine>[0]) => {
      const event = fromEngine(engineEvent, redact);
      if (event !== undefined) onEvent(event);
    },
  };
  if (action === "up") return visible((await stack.up({ ...common, refresh })).outputs);
  if (action === "refresh") {
    await stack.refresh(common);
    return visible(await stack.outputs());
  }
  if (action === "preview") {
    await stack.preview(common);
    return null;
  }
  await stack.destroy(common);
  await stack.workspace.removeStack(stack.name);
  return null;
}

/** Outputs without the secret ones. */
function visible(outputs: OutputMap): StackOutputs {
  const entries = Object.entries(outputs);
  return {
    values: Object.fromEntries(
      entries
        .filter(([, { secret }]) => !secret)
        .map(([name, { value }]) => [name, value as unknown]),
    ),
    secretNames: entries.filter(([, { secret }]) => secret).map(([name]) => name),
  };
}

function countsOf(events: readonly OperationEvent[]): ResourceCounts | null {
  return events.findLast((event) => event.kind === "summary")?.counts ?? null;
}

function wordsOf(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
