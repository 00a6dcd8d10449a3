import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  LocalWorkspace,
  PulumiCommand,
  type EngineEvent,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { findEngine, type Engine } from "../../../../local/engine/engine.ts";

let found: Promise<Engine> | undefined;

/** The engine of this machine; the first time on a new machine it is built, which takes minutes. */
export function engine(): Promise<Engine> {
  found ??= findEngine();
  return found;
}
export const engineDeadline = 15 * 60_000;

/** What an engine said about one resource's step. */
export interface Step {
  readonly op: string;
  readonly name: string;
  readonly type: string;
  /** Property path to kind, from the detailed diff. */
  readonly diff: Readonly<Record<string, string>>;
}

/** A stack of an inline program, in a folder of its own, against running stand-in providers. */
export class TestStack {
  readonly stack: Stack;
  readonly #folder: string;

  private constructor(stack: Stack, folder: string) {
    this.stack = stack;
    this.#folder = folder;
  }

  static async create(
    program: PulumiFn,
    debugProviders: string,
    name = "test",
  ): Promise<TestStack> {
    const folder = await mkdtemp(join(tmpdir(), "causeway-providers-"));
    const { root } = await engine();
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: name, projectName: "causeway", program },
      {
        workDir: folder,
        pulumiCommand: await PulumiCommand.get({ root, skipVersionCheck: true }),
        projectSettings: {
          name: "causeway",
          runtime: "nodejs",
          backend: { url: `file://${folder}` },
        },
        envVars: {
          PULUMI_CONFIG_PASSPHRASE: "test",
          PULUMI_DEBUG_PROVIDERS: debugProviders,
          PULUMI_SKIP_UPDATE_CHECK: "true",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        },
      },
    );
    return new TestStack(stack, folder);
  }

  async preview(): Promise<Step[]> {
    const events: EngineEvent[] = [];
    await this.stack.preview({ onEvent: (event) => events.push(event) });
    return stepsOf(events);
  }

  async up(): Promise<{ outputs: Record<string, unknown>; steps: Step[] }> {
    const events: EngineEvent[] = [];
    const result = await this.stack.up({ onEvent: (event) => events.push(event) });
    const outputs = Object.entries(result.outputs).map(([key, { value }]) => [
      key,
      value as unknown,
    ]);
    return {
      outputs: Object.fromEntries(outputs) as Record<string, unknown>,
      steps: stepsOf(events),
    };
  }

  async refresh(): Promise<Step[]> {
    const events: EngineEvent[] = [];
    await this.stack.refresh({ onEvent: (event) => events.push(event) });
    return stepsOf(events, true);
  }

  /** The state file as it lies on disk. */
  stateText(): Promise<string> {
    const file = join(this.#folder, ".pulumi/stacks/causeway", `${this.stack.name}.json`);
    return readFile(file, "utf8");
  }

  async destroy(): Promise<void> {
    await this.stack.destroy();
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The steps that change something. */
export function changes(steps: readonly Step[]): Step[] {
  return steps.filter(({ op }) => !["same", "read", "refresh"].includes(op));
}

/** What an operation that must fail said. */
export async function failure(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("Expected the operation to fail, and it went well.");
}

function stepsOf(events: readonly EngineEvent[], refresh = false): Step[] {
  // A refresh knows what a step is only when it has looked, so its outcome comes with the outputs.
  const found = events.map((event) => (refresh ? event.resOutputsEvent : event.resourcePreEvent));
  return found.flatMap((event) => {
    if (event === undefined || /^pulumi:(pulumi|providers):/.test(event.metadata.type)) return [];
    const { op, urn, type, detailedDiff } = event.metadata;
    const diff = Object.entries(detailedDiff ?? {}).map(([path, one]) => [path, one.diffKind]);
    return [
      {
        op,
        name: urn.split("::").slice(3).join("::"),
        type,
        diff: Object.fromEntries(diff) as Record<string, string>,
      },
    ];
  });
}
