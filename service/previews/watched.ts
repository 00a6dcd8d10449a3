import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { isEngineOwn } from "../automation/engine-own.ts";
import type { Fingerprint } from "../automation/fingerprint.ts";
import { Hidden } from "./values.ts";

/** A resource that is about to be created or updated (in a preview too), its properties as the provider checked them. */
export interface Seen {
  urn: string;
  type: string;
  name: string;
  /** Secrets are Hidden, with their fingerprints. */
  inputs: unknown;
  /** Those that it had; undefined for one that is created. */
  before: unknown;
}

/** A resource as the program declares it, before anything is known that the clouds decide. */
export interface Declared {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

export interface Watchers {
  onDeclared: (resource: Declared) => void;
  /** Throwing keeps the resource from being built. */
  onSeen: (resource: Seen) => void;
}

/**
 * A program whose every resource is looked at before the engine builds it. By the engine's own hooks, since only there the properties
 * are what the provider is going to get: with its defaults, and with what the program could not know when it was planned.
 */
export function watched(
  program: PulumiFn,
  fingerprint: Fingerprint,
  { onDeclared, onSeen }: Watchers,
): PulumiFn {
  return async () => {
    const look = async (args: pulumi.ResourceHookArgs): Promise<void> => {
      const [inputs, before] = await Promise.all(
        [args.newInputs, args.oldInputs].map((value) => hidden(value, fingerprint)),
      );
      onSeen({ urn: args.urn, type: args.type, name: args.name, inputs, before });
    };
    const hook = new pulumi.ResourceHook("causeway", look, { onDryRun: true });
    pulumi.runtime.registerStackTransformation(({ type, name, resource, props, opts }) => {
      // isInstance looks at a field that is not set yet.
      if (!(resource instanceof pulumi.CustomResource) || isEngineOwn(type)) {
        return { props, opts };
      }
      onDeclared({ type, name, inputs: literals(props) });
      return { props, opts: { ...opts, hooks: { beforeCreate: [hook], beforeUpdate: [hook] } } };
    });
    return (await program()) as Record<string, unknown>;
  };
}

/** In a hook's arguments, outputs stand for secrets, however deep. */
async function hidden(value: unknown, fingerprint: Fingerprint): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    const secret = value as unknown as { promise(withUnknowns: boolean): Promise<unknown> };
    return new Hidden(fingerprint(await secret.promise(true)));
  }
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value))
    return Promise.all(value.map((part: unknown) => hidden(part, fingerprint)));
  const entries = Object.entries(value).map(
    async ([name, part]) => [name, await hidden(part, fingerprint)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** The properties that are plain values already. */
function literals(props: Record<string, unknown>): Record<string, unknown> {
  const plain = (value: unknown): boolean =>
    ["string", "number", "boolean"].includes(typeof value) ||
    (Array.isArray(value)
      ? value.every(plain)
      : typeof value === "object" &&
        value !== null &&
        Object.getPrototypeOf(value) === Object.prototype &&
        Object.values(value).every(plain));
  return Object.fromEntries(Object.entries(props).filter(([, value]) => plain(value)));
}
