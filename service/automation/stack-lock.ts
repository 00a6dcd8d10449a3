import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beganAt } from "./process-tree.ts";
import { projectName } from "./project.ts";

const run = promisify(execFile);

/** Who holds a stack's lock, as the file backend writes it down. */
export interface LockHolder {
  pid: number;
  hostname: string;
  timestamp: string;
}

/** The holders of a stack's lock in a file backend; undefined where the backend is another kind. */
export async function lockHolders(
  backendUrl: string | undefined,
  stack: string,
): Promise<LockHolder[] | undefined> {
  if (backendUrl?.startsWith("file://") !== true) return undefined;
  const root = backendUrl.startsWith("file:///")
    ? fileURLToPath(backendUrl)
    : backendUrl.slice("file://".length);
  const folder = join(root, ".pulumi", "locks", "organization", projectName, stack);
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names
      .filter((name) => name.endsWith(".json"))
      .map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
  );
  return texts.flatMap((text) => {
    try {
      return [JSON.parse(text) as LockHolder];
    } catch {
      return [];
    }
  });
}

/**
 * Removes the lock that a dead run left on a stack. The caller has proven that run dead; a lock whose holder lives (an operator's
 * own `pulumi up`) is left alone.
 * @returns what was found: no lock, a lock that was released, or a live holder.
 */
export async function releaseStackLock(options: {
  stack: string;
  engine: string | undefined;
  workDir: string;
  env: Record<string, string>;
}): Promise<"none" | "released" | { heldBy: LockHolder }> {
  const { stack, engine, workDir, env } = options;
  const holders = await lockHolders(env.PULUMI_BACKEND_URL, stack);
  if (holders?.length === 0) return "none";
  for (const holder of holders ?? []) {
    const here = holder.hostname === hostname();
    if (here && (await beganAt(holder.pid)) !== null) return { heldBy: holder };
  }
  await mkdir(workDir, { recursive: true });
  await writeFile(join(workDir, "Pulumi.yaml"), `name: ${projectName}\nruntime: nodejs\n`);
  const command = engine === undefined ? "pulumi" : join(engine, "bin", "pulumi");
  await run(command, ["cancel", "--yes", "--stack", stack, "--non-interactive"], {
    cwd: workDir,
    env,
    timeout: 60_000,
  });
  return "released";
}
