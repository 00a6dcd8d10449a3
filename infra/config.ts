import { ProgramError } from "./errors.ts";
import { StackSettings, type StackSettingsInput } from "./settings.ts";
import { explain } from "./spec/explain.ts";

/*
 * Nothing here imports the Pulumi SDK: the service builds configs without running a program.
 */

export const namespace = "causeway";

/** Strings are kept as they are in a stack's config, the rest as JSON. */
const KEYS = {
  environment: "text",
  foundation: "json",
  foundationStack: "text",
  pipeline: "json",
  sasAnchor: "text",
  data: "text",
} as const satisfies Record<keyof StackSettingsInput, "text" | "json">;

export interface ConfigValue {
  value: string;
  secret?: boolean;
}

/**
 * A stack's config as the Automation API and `pulumi config` take it: `causeway:environment` and so on.
 * @throws ProgramError `config-invalid` for settings that the program would refuse.
 */
export function stackConfig(settings: StackSettingsInput): Record<string, ConfigValue> {
  check(settings);
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      `${namespace}:${key}`,
      { value: typeof value === "string" ? value : JSON.stringify(value) },
    ]),
  );
}

/**
 * Reads a stack's config.
 * @param get gives the config's text by its key, without the namespace.
 * @throws ProgramError `config-invalid` naming every key that is wrong.
 */
export function readSettings(get: (key: string) => string | undefined): StackSettings {
  const input = Object.fromEntries(
    Object.entries(KEYS).flatMap(([key, form]) => {
      const text = get(key);
      return text === undefined ? [] : [[key, form === "json" ? json(key, text) : text]];
    }),
  );
  return check(input);
}

function check(input: unknown): StackSettings {
  const result = StackSettings.safeParse(input);
  if (result.success) return result.data;
  const problems = explain(result.error, input).map(
    ({ pointer, detail }) => `\n  ${namespace}:${pointer.slice(1)}: ${detail}`,
  );
  throw new ProgramError(
    "config-invalid",
    "The stack's config",
    `is not what the program needs:${problems.join("")}\n`,
    "Mend it with `pulumi config set` or in the stack's settings file.",
    result.error,
  );
}

function json(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProgramError(
      "config-invalid",
      `${namespace}:${key}`,
      "Expected JSON or a YAML object.",
      `Write it as an object in the stack's settings file, or as JSON with \`pulumi config set ${namespace}:${key}\`.`,
      error,
    );
  }
}
