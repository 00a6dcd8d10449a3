import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parse } from "yaml";

export const workflowPath = join(
  import.meta.dirname,
  "../../../../.github/workflows/pipelines.yml",
);

export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly if: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

export async function readWorkflow(): Promise<Workflow> {
  return parse(await readFile(workflowPath, "utf8")) as Workflow;
}

/** Runs a step's command as the runner does: bash with -e and pipefail, its env with the expressions filled in. */
export async function runStep(
  step: Step,
  values: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<{ code: number | null; out: string }> {
  const filled = Object.entries(step.env ?? {}).map(([name, value]) => [name, fill(value, values)]);
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run ?? ""], {
    cwd,
    env: { ...env, ...(Object.fromEntries(filled) as Record<string, string>) },
  });
  const code = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out: out + err };
}

/** `${{ secrets.NAME }}`; one that nobody has given is an error here, where GitHub would fill in nothing. */
function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{ *([\w.]+) *\}\}/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The workflow asks for ${name}.`);
    return value;
  });
}
