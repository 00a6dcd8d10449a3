import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { wasKilled } from "./failure.ts";
import { disown, mend, type Deployment, type Mended } from "./pending.ts";

const run = promisify(execFile);

/** What `pulumi stack export` writes. */
interface Exported {
  version: number;
  deployment: Deployment;
}

export interface RepairTools {
  /** The options that every engine command of this run has: where its events go, and what interrupts it. */
  common: NonNullable<Parameters<Stack["refresh"]>[0]>;
  note: (message: string) => void;
}

/**
 * Ends what an engine that was killed left pending in a stack: what was created and not recorded is taken in under the id that its name
 * gives it, looked at, and kept if it is there. (The engine itself would create it again, and fail because it is there.)
 * The caller has the stack refreshed after, also when nothing is pending: one that was killed here may have taken in what it did not get to
 * look at.
 */
export async function repairStack(stack: Stack, { common, note }: RepairTools): Promise<void> {
  const files = stateFiles(stack);
  const exported = await files.read();
  const mended = mend(exported.deployment, queuesIn(process.env));
  if (mended === undefined) return;
  for (const line of wordsOf(mended)) note(line);
  await files.write({ ...exported, deployment: mended.deployment });
  if (mended.adopted.length === 0) return;
  try {
    await stack.refresh({ ...common, target: mended.adopted.map(({ urn }) => urn) });
  } catch (error) {
    if (common.signal?.aborted === true || wasKilled(error)) throw error;
    note("What may have been created could not be looked at; it is forgotten instead.");
    const now = await files.read();
    await files.write({ ...now, deployment: disown(now.deployment, mended.adopted) });
  }
}

function wordsOf({ adopted, forgotten, unfinished }: Mended): string[] {
  return [
    ...adopted.map(
      ({ urn, id }) =>
        `${nameOf(urn)} was being created when the engine died: it is looked for as ${id}.`,
    ),
    ...forgotten.map(
      (urn) =>
        `${nameOf(urn)} was being created when the engine died, and its id is not known: if it is there, remove it by hand.`,
    ),
    ...unfinished.map((urn) => `${nameOf(urn)} was being changed when the engine died.`),
  ];
}

function nameOf(urn: string): string {
  const [type = "", name = ""] = urn.split("::").slice(2);
  return `${type.slice(type.lastIndexOf("$") + 1)} ${name}`;
}

/** A stack's state as the command line reads and writes it: what is secret stays encrypted. */
function stateFiles({ name, workspace }: Stack) {
  const { workDir, pulumiCommand } = workspace;
  const file = join(workDir, "state.json");
  const pulumi = (...words: string[]) =>
    run(pulumiCommand.command, ["stack", ...words, "--stack", name, "--non-interactive"], {
      cwd: workDir,
    });
  return {
    read: async (): Promise<Exported> => {
      await pulumi("export", "--file", file);
      return JSON.parse(await readFile(file, "utf8")) as Exported;
    },
    write: async (state: Exported): Promise<void> => {
      await writeFile(file, JSON.stringify(state));
      await pulumi("import", "--file", file);
    },
  };
}

function queuesIn(env: NodeJS.ProcessEnv): (region: string) => string {
  const own = env.AWS_ENDPOINT_URL_SQS ?? env.AWS_ENDPOINT_URL;
  return (region) => (own ?? `https://sqs.${region}.amazonaws.com`).replace(/\/$/, "");
}
