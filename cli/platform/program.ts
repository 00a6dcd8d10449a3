import { Option, type Command } from "commander";
import type { Exit } from "../exit.ts";
import type { RawOptions } from "../options.ts";

/** The commands that talk to the service. */
export const platformCommands = [
  "login",
  "logout",
  "whoami",
  "apply",
  "preview",
  "approve",
  "get",
  "runs",
  "logs",
  "cancel",
  "delete",
  "scan",
  "arrived",
  "doctor",
  "completion",
] as const;
export type PlatformCommand = (typeof platformCommands)[number];

export type RunPlatform = (
  command: PlatformCommand,
  args: readonly string[],
  raw: RawOptions,
  program: Command,
) => Promise<Exit>;

interface Definition {
  readonly name: PlatformCommand;
  readonly description: string;
  /** As commander writes them: `<needed>`, `[optional]`, with what each means. */
  readonly args?: readonly (readonly [string, string])[];
  readonly options?: readonly (readonly [flags: string, means: string])[];
  readonly examples: readonly string[];
  /** Does not ask the service. */
  readonly alone?: boolean;
}

const pull = [
  ["--pull <number>", "the pull request (default: the one of the event that started the job)"],
  ["--comment-as <login>", "who the comment is from (default: whose GITHUB_TOKEN it is)"],
] as const;
const wait = ["--wait", "follow the operation; the exit code says how it ended"] as const;

const DEFINITIONS: readonly Definition[] = [
  {
    name: "login",
    description:
      "Logs in at the service's OpenID Connect issuer by a code that you confirm in a browser.",
    options: [["--no-browser", "only print the address"]],
    examples: ["causeway login --url https://causeway.example.com"],
  },
  {
    name: "logout",
    description: "Forgets the session with this service.",
    examples: ["causeway logout"],
  },
  {
    name: "whoami",
    description: "Who you are to the service, and your role in each tenant.",
    examples: ["causeway whoami"],
  },
  {
    name: "apply",
    description:
      "Makes a pipeline from its spec, or gives it that spec; or applies what was approved.",
    options: [
      ["-f, --file <file...>", "specs as YAML or JSON: pipelines/TENANT/NAME.yaml; - for stdin"],
      ["--name <name>", "the pipeline, where the file's name does not say it"],
      ["--preview <id>", "apply this preview, exactly"],
      ["--digest <digest>", "with --preview: only if this is still what it does"],
      [
        "--merged",
        "in CI, after a merge: apply the previews that the pull request's comment shows",
      ],
      ...pull,
      wait,
    ],
    examples: [
      "causeway apply -f pipelines/acme/exports.yaml --wait",
      "causeway apply --preview pv_01J... --wait",
      "causeway apply --merged",
    ],
  },
  {
    name: "preview",
    description:
      "Shows what a spec would change: replacements and deletions first, cost, policy, drift.",
    args: [["[pipeline]", "a pipeline as it stands: what building it again would change"]],
    options: [
      ["-f, --file <file>", "a spec as YAML or JSON; - for stdin"],
      ["--name <name>", "the pipeline, where the file's name does not say it"],
      ["--commit <sha>", "the commit that it is made from"],
      ["--pr", "in CI: preview what a pull request changes, in one comment and a commit status"],
      ["--base <commit>", "with --pr: where the pull request starts (default: the event's base)"],
      ...pull,
    ],
    examples: [
      "causeway preview -f pipelines/acme/exports.yaml",
      "causeway preview acme/exports",
      "causeway preview --pr",
    ],
  },
  {
    name: "approve",
    description:
      "Applies a preview exactly as it is shown. Exit code 3: the world has moved, or a rule forbids it.",
    args: [["<preview>", "its id"]],
    options: [["--digest <digest>", "only if this is still what it does"], wait],
    examples: ["causeway approve pv_01J... --wait"],
  },
  {
    name: "get",
    description:
      "Lists pipelines, operations, previews or tokens; or shows one pipeline, operation or preview.",
    args: [
      [
        "[what]",
        "pipelines (default), operations, previews, tokens; a pipeline's name, an operation's or a preview's id",
      ],
      ["[pipeline]", "of operations and previews: only of this pipeline"],
    ],
    options: [
      ["--state <state>", "of operations: only in this state"],
      ["--limit <count>", "so many rows at most"],
    ],
    examples: [
      "causeway get",
      "causeway get acme/exports --json",
      "causeway get operations --state failed",
    ],
  },
  {
    name: "runs",
    description: "Lists a pipeline's runs, newest first; or shows one, with its failures by cause.",
    args: [
      ["<pipeline>", "NAME or TENANT/NAME"],
      ["[run]", "its id, or latest"],
    ],
    options: [
      [
        "-w, --watch",
        "follow the latest run until its books close; the exit code says how it ended",
      ],
      ["--limit <count>", "so many rows at most"],
    ],
    examples: [
      "causeway runs acme/exports",
      "causeway runs acme/exports latest",
      "causeway runs acme/exports --watch",
    ],
  },
  {
    name: "logs",
    description: "Shows what an operation did; with -f as it happens.",
    args: [["<operation>", "its id; or a pipeline, for its latest operation"]],
    options: [["-f, --follow", "until it has settled; the exit code says how it ended"]],
    examples: ["causeway logs -f op_01J...", "causeway logs -f acme/exports"],
  },
  {
    name: "cancel",
    description:
      "Stops an operation: a queued one at once, a running one after the resources under way.",
    args: [["<operation>", "its id"]],
    options: [wait],
    examples: ["causeway cancel op_01J... --wait"],
  },
  {
    name: "delete",
    description: "Deletes a pipeline and what was built for it. Asks first.",
    args: [["<pipeline>", "NAME or TENANT/NAME"]],
    options: [["-y, --yes", "do not ask"], wait],
    examples: ["causeway delete acme/exports", "causeway delete acme/exports --yes --wait"],
  },
  {
    name: "scan",
    description: "Compares source and target now, and copies what hints have missed.",
    args: [["<pipeline>", "NAME or TENANT/NAME"]],
    options: [["--wait", "until the scan has ended; the exit code says how"]],
    examples: ["causeway scan acme/exports --wait"],
  },
  {
    name: "arrived",
    description: "Has everything arrived? Exit code 0: yes; 1: no, or nothing proves it.",
    args: [["<pipeline>", "NAME or TENANT/NAME"]],
    options: [
      ["--prefix <prefix>", "only keys that begin so"],
      [
        "--as-of <moment>",
        "what was there then: 7d, 2026-11-21, 2026-11-21T08:00:00Z (default: now)",
      ],
    ],
    examples: ["causeway arrived acme/exports --prefix 2026/11/20/"],
  },
  {
    name: "doctor",
    description: "Says what is wrong with your set-up: address, access, service, files.",
    examples: ["causeway doctor"],
  },
  {
    name: "completion",
    description:
      "Prints what your shell needs to complete commands, options and names of pipelines.",
    args: [["<shell>", "bash, zsh, fish, powershell"]],
    alone: true,
    examples: ["source <(causeway completion bash)", "causeway completion fish | source"],
  },
];

export function addPlatform(
  program: Command,
  run: RunPlatform,
  settle: (code: Exit) => void,
): void {
  for (const definition of DEFINITIONS) {
    const command = program.command(definition.name).description(definition.description);
    for (const [name, means] of definition.args ?? []) command.argument(name, means);
    for (const [flags, means] of definition.options ?? []) command.option(flags, means);
    if (definition.alone !== true) addCommon(command);
    command.addHelpText(
      "after",
      `\nExamples:\n${definition.examples.map((one) => `  ${one}`).join("\n")}`,
    );
    command.action(async (...given: unknown[]) => {
      const args = command.processedArgs.filter((one) => typeof one === "string");
      const raw = given.at(-2) as RawOptions;
      settle(await run(definition.name, args, raw, program));
    });
  }
  program
    .command("__complete", { hidden: true })
    .argument("[words...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: string[]) =>
      settle(await run("completion", ["--", ...words], {}, program)),
    );
}

function addCommon(command: Command): void {
  command
    .addOption(
      new Option(
        "--url <url>",
        "the service (else CAUSEWAY_URL, the last login, http://127.0.0.1:8080)",
      ),
    )
    .addOption(new Option("-t, --tenant <tenant>", "whose pipelines (else CAUSEWAY_TENANT)"))
    .option("--json", "the answer as the API gives it, on stdout")
    .option("-q, --quiet", "only the answer");
}
