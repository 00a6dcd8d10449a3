import { execFile } from "node:child_process";
import { access, constants, mkdir, symlink, rm } from "node:fs/promises";
import { basename, delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Engine } from "./engine.ts";
import { fits } from "./version.ts";

const run = promisify(execFile);

/** The engine at `root`/bin/pulumi, if there is one that fits. */
export async function engineAt(root: string, from: Engine["from"]): Promise<Engine | undefined> {
  const version = await versionOf(join(root, "bin", "pulumi"));
  return version !== undefined && fits(version) ? { root, version, from } : undefined;
}

/**
 * The first `pulumi` on the PATH, if it fits. The Automation API wants a folder with bin/pulumi in it,
 * so an executable that lies elsewhere is linked from `linkRoot`.
 */
export async function engineOnPath(
  env: NodeJS.ProcessEnv,
  linkRoot: string,
): Promise<Engine | undefined> {
  for (const folder of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const executable = join(folder, "pulumi");
    if (!(await isExecutable(executable))) continue;
    const version = await versionOf(executable);
    if (version === undefined || !fits(version)) return undefined;
    if (basename(folder) === "bin") return { root: dirname(folder), version, from: "path" };
    return { root: await linked(executable, `${linkRoot}-on-path`), version, from: "path" };
  }
  return undefined;
}

async function linked(executable: string, root: string): Promise<string> {
  const link = join(root, "bin", "pulumi");
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(executable, link);
  return root;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function versionOf(executable: string): Promise<string | undefined> {
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const { stdout } = await run(executable, ["version"], { env, timeout: 20_000 });
    return stdout.trim();
  } catch {
    // Absent, not executable here, or not Pulumi: each means "not this one".
    return undefined;
  }
}
