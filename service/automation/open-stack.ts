import { mkdir } from "node:fs/promises";
import { LocalWorkspace, Stack, type PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { engineCommand } from "./engine-command.ts";
import { projectName } from "./project.ts";
import type { OperationRequest } from "./request.ts";

/**
 * The stack of a request, in a folder of its own. `exists` is what its state has shown: such a stack is not asked for once more, since
 * every question to the engine is a process that takes a quarter of a second.
 * @throws StackNotFoundError when there is none, and the action makes none.
 */
export async function openStack(
  request: OperationRequest,
  program: PulumiFn,
  exists: boolean,
): Promise<Stack> {
  const { stack: name, workDir, engine, secretsProvider } = request;
  await mkdir(workDir, { recursive: true });
  const workspace = await LocalWorkspace.create({
    program,
    workDir,
    pulumiCommand: await engineCommand(engine),
    projectSettings: { name: projectName, runtime: "nodejs", main: workDir },
    ...(secretsProvider === undefined ? {} : { secretsProvider }),
    // One file instead of one engine start per value.
    stackSettings: { [name]: { config: valuesOf(request, { secret: false }) } },
  });
  if (exists) workspace.selectStack = () => Promise.resolve();
  const makes = request.action === "up" || request.action === "preview";
  const stack = await (!exists && makes
    ? Stack.create(name, workspace)
    : Stack.select(name, workspace));
  return withoutEpilogue(stack);
}

/** After each action the Automation API asks for the outputs, twice, and for the history: three processes. The events have told all that is used. */
function withoutEpilogue(stack: Stack): Stack {
  stack.outputs = () => Promise.resolve({});
  stack.info = () => Promise.resolve(undefined);
  return stack;
}

/** Config values of one sort, by their full keys. */
export function valuesOf(
  { config }: OperationRequest,
  { secret }: { secret: boolean },
): Record<string, string> {
  const entries = Object.entries(config).filter(([, value]) => (value.secret ?? false) === secret);
  return Object.fromEntries(entries.map(([key, { value }]) => [key, value]));
}
