import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import type { StackOutputs } from "./request.ts";
import { holdsSecret } from "./secret-mark.ts";

const stackType = "pulumi:pulumi:Stack";

/** What a program's stack was given as its outputs, as the engine's events tell it: the last word counts. */
export class HeardOutputs {
  #outputs: Readonly<Record<string, unknown>> = {};

  hear({ resOutputsEvent }: EngineEvent): void {
    const { type, new: after } = resOutputsEvent?.metadata ?? {};
    if (type === stackType && after !== undefined) this.#outputs = after.outputs;
  }

  tell(): StackOutputs {
    return withoutSecretOnes(this.#outputs);
  }
}

/** The outputs in an exported state. */
export function outputsIn(state: string | undefined): StackOutputs {
  const { deployment } = JSON.parse(state ?? "{}") as {
    deployment?: { resources?: { type: string; outputs?: Record<string, unknown> }[] | null };
  };
  const stack = deployment?.resources?.find(({ type }) => type === stackType);
  return withoutSecretOnes(stack?.outputs ?? {});
}

/** An output with a secret anywhere in it is a secret one. */
function withoutSecretOnes(outputs: Readonly<Record<string, unknown>>): StackOutputs {
  const entries = Object.entries(outputs);
  return {
    values: Object.fromEntries(entries.filter(([, value]) => !holdsSecret(value))),
    secretNames: entries.filter(([, value]) => holdsSecret(value)).map(([name]) => name),
  };
}
