import type { Command, Option } from "commander";

/** A word that may stand there, and what it is. */
export type Candidate = readonly [word: string, means: string];

/** What a place on the command line takes that only the service knows. */
export type Dynamic = "pipelines" | "previews" | "operations";

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly dynamic: Dynamic | undefined;
  /** The options that stand before: whose pipelines are meant. */
  readonly options: Readonly<Record<string, string>>;
}

/** What may follow. The last of the words is the one that is being written, perhaps empty. Pure, by the tree of commands. */
export function complete(program: Command, words: readonly string[]): Completion {
  const current = words.at(-1) ?? "";
  let command = program;
  const options: Record<string, string> = {};
  let position = 0;
  for (let index = 0; index < words.length - 1; index += 1) {
    const word = words[index] ?? "";
    const option = word.startsWith("-") ? optionOf(command, word) : undefined;
    if (option !== undefined) {
      if (!option.required) continue;
      // The value is being written: only its own words may stand there.
      if (index === words.length - 2) return valueOf(option, options);
      options[option.attributeName()] = words[(index += 1)] ?? "";
      continue;
    }
    const below = position === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (below === undefined) position += 1;
    else command = below;
  }
  if (current.startsWith("-"))
    return { candidates: optionsOf(command), dynamic: undefined, options };
  return { ...argumentsOf(command, position), options };
}

function optionOf(command: Command, word: string): Option | undefined {
  return command.options.find(({ long, short }) => word === long || word === short);
}

function optionsOf(command: Command): Candidate[] {
  return command.options
    .filter(({ hidden, long }) => !hidden && long !== undefined)
    .map(({ long, description }) => [long ?? "", description]);
}

function argumentsOf(command: Command, position: number): Omit<Completion, "options"> {
  const visible = command.commands.filter((one) => !one.name().startsWith("__"));
  if (visible.length > 0) {
    const named = visible.map((one) => [one.name(), one.description()] as const);
    return { candidates: named, dynamic: undefined };
  }
  const argument = command.registeredArguments[position]?.name();
  const fixed = FIXED[argument ?? ""] ?? [];
  return { candidates: fixed.map((word) => [word, ""]), dynamic: DYNAMIC[argument ?? ""] };
}

const FIXED: Readonly<Record<string, readonly string[]>> = {
  what: ["pipelines", "operations", "previews", "tokens"],
  shell: ["bash", "zsh", "fish", "powershell"],
  run: ["latest"],
};

const DYNAMIC: Readonly<Record<string, Dynamic>> = {
  pipeline: "pipelines",
  what: "pipelines",
  operation: "operations",
  preview: "previews",
};

function valueOf(option: Option, options: Record<string, string>): Completion {
  const words = VALUES[option.long ?? ""] ?? [];
  return { candidates: words.map((word) => [word, ""]), dynamic: undefined, options };
}

const VALUES: Readonly<Record<string, readonly string[]>> = {
  "--by": ["auto", "url", "stream"],
  "--trust": ["checksum", "size-and-time"],
  "--addressing": ["auto", "path", "virtual"],
  "--log-level": ["error", "warn", "info", "debug"],
  "--state": ["queued", "running", "succeeded", "failed", "cancelled"],
};
