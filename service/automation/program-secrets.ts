import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";

/**
 * A program that tells of each secret it makes, before the engine or a provider hears of it: what it hands to resources, and what it
 * returns. An error that quotes one can then be shown without it.
 */
export function tellingSecrets(program: PulumiFn, tell: (value: unknown) => void): PulumiFn {
  return async () => {
    pulumi.runtime.registerStackTransformation(({ props, opts }) => {
      look(props, tell);
      return { props, opts };
    });
    const outputs = (await program()) as unknown;
    look(outputs, tell);
    return outputs as Record<string, unknown>;
  };
}

/** Follows values into lists, objects, promises and outputs; what is not known in a preview is nothing. */
function look(value: unknown, tell: (value: unknown) => void, seen = new Set()): void {
  if (value === null || typeof value !== "object" || seen.has(value)) return;
  seen.add(value);
  if (pulumi.Output.isInstance(value)) void lookInto(value, tell);
  else if (value instanceof Promise) void value.then((result) => look(result, tell), ignore);
  else if (!pulumi.Resource.isInstance(value))
    for (const part of Object.values(value)) look(part, tell, seen);
}

/** An output that fails fails the program by itself. */
async function lookInto(output: pulumi.Output<unknown>, tell: (value: unknown) => void) {
  const inner = output as unknown as { isSecret: Promise<boolean>; promise(): Promise<unknown> };
  try {
    const [secret, value] = await Promise.all([inner.isSecret, inner.promise()]);
    if (secret) tell(value);
    else look(value, tell);
  } catch {
    ignore();
  }
}

function ignore(): void {
  // Nothing to learn from it.
}
