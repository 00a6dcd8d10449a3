import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command, Option } from "commander";
import { Exit } from "../../../cli/exit.ts";
import { platformCommands } from "../../../cli/platform/program.ts";
import { makeProgram } from "../../../cli/program.ts";

const page = join(import.meta.dirname, "../../../docs/cli.md");
const OPENING =
  "<!-- made from the tree of commands; a test compares, and writes it with UPDATE_DOCS=1 -->\n";
const CLOSING = "<!-- /made -->\n";

function made(): string {
  const nothing = () => Promise.resolve(Exit.done);
  const actions = { copy: nothing, compare: nothing, ledger: nothing, platform: nothing };
  return referenceOf(
    makeProgram(actions, () => undefined),
    platformCommands,
  );
}

/** What the page says, and what it should. */
export function reference(): { there: string; wanted: string } {
  const text = readFileSync(page, "utf8");
  const from = text.indexOf(OPENING) + OPENING.length;
  const to = text.indexOf(CLOSING);
  const wanted = `\n${made()}\n`;
  if (process.env["UPDATE_DOCS"] === "1") {
    writeFileSync(page, text.slice(0, from) + wanted + text.slice(to));
    return { there: wanted, wanted };
  }
  return { there: text.slice(from, to), wanted };
}

/** The part of docs/cli.md that is made from the tree of commands. */
function referenceOf(program: Command, names: readonly string[]): string {
  return program.commands
    .filter((command) => names.includes(command.name()))
    .map(describe)
    .join("\n");
}

function describe(command: Command): string {
  const usage = `causeway ${command.name()} ${command.usage()}`.trimEnd();
  const rows = [
    ...command.registeredArguments.map((one) => [
      `\`${one.required ? `<${one.name()}>` : `[${one.name()}]`}\``,
      one.description,
    ]),
    ...command.options.filter(isOwn).map(({ flags, description }) => [`\`${flags}\``, description]),
  ];
  const table = rows.map(([what, means]) => `- ${what}: ${means ?? ""}`);
  return [
    `### causeway ${command.name()}`,
    "",
    command.description(),
    "",
    "```",
    usage,
    "```",
    "",
    ...table,
    ...(table.length > 0 ? [""] : []),
  ].join("\n");
}

/** What every command of the platform has is said once. */
const COMMON = ["--url", "--tenant", "--json", "--quiet"];

function isOwn({ long }: Option): boolean {
  return !COMMON.includes(long ?? "");
}
