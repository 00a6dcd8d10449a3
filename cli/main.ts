import { BadUsage, NoAccess } from "./errors.ts";
import { Exit } from "./exit.ts";
import { flushed, keepOnWithoutReader } from "./pipe.ts";
import { runProgram, type Actions } from "./program.ts";

keepOnWithoutReader(process.stdout, process.stderr);

const actions: Actions = {
  copy: async (source, target, raw) =>
    (await import("./copy/command.ts")).copyCommand(source, target, raw),
  compare: async (source, target, raw) =>
    (await import("./compare/command.ts")).compareCommand(source, target, raw),
  ledger: async (question, argument, raw) =>
    (await import("./ledger/command.ts")).ledgerCommand(question, argument, raw),
  platform: async (command, args, raw, program) =>
    (await import("./platform/command.ts")).platformCommand(command, args, raw, program),
};

async function main(argv: readonly string[]): Promise<Exit> {
  try {
    return await runProgram(argv, actions, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
  } catch (error) {
    return fail(error);
  }
}

/** Whatever escapes a command: said in one line, without secrets. */
async function fail(error: unknown): Promise<Exit> {
  const { scrub } = await import("../runtime/secrets.ts");
  const { isOurFault, describe } = await import("./problem.ts");
  process.stderr.write(`causeway: ${scrub(describe(error))}\n`);
  if (error instanceof BadUsage) return Exit.usage;
  if (error instanceof NoAccess) return Exit.access;
  return isOurFault(error) ? Exit.failed : Exit.access;
}

const code = await main(process.argv.slice(2));
// What is on its way to a pipe goes out first.
await Promise.all([process.stdout, process.stderr].map(flushed));
process.exit(code);
