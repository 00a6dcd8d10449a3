import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openObjects } from "./backend/objects.ts";
import { beganAt } from "./process-tree.ts";
import { projectName } from "./project.ts";

const run = promisify(execFile);

/** Who holds a stack's lock, as the engine writes it down in a backend of files or objects. */
export interface LockHolder {
  pid: number;
  hostname: string;
  timestamp: string;
}

/**
 * The holders of a stack's lock; undefined where the backend does not let us see them.
 * @param env where the backend's credentials are; default: this process's.
 */
export async function lockHolders(
  backendUrl: string | undefined,
  stack: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<LockHolder[] | undefined> {
  const objects = await openObjects(backendUrl, env);
  if (objects === undefined) return undefined;
  try {
    const keys = await objects.list(`.pulumi/locks/organization/${projectName}/${stack}/`);
    const texts = await Promise.all(
      keys.filter((key) => key.endsWith(".json")).map((key) => objects.read(key)),
    );
    return texts.flatMap(holderIn);
  } finally {
    objects.close();
  }
}

/** A lock that was taken away meanwhile, or is being written, names nobody. */
function holderIn(text: string | undefined): LockHolder[] {
  try {
    return text === undefined ? [] : [JSON.parse(text) as LockHolder];
  } catch {
    return [];
  }
}

/**
 * Removes the lock that a dead run left on a stack. The caller has proven that run dead; a lock whose holder lives (an operator's
 * own `pulumi up`) is left alone, and so is one of another host than `diedOn`, whose processes cannot be seen from here.
 * @returns what was found: no lock, a lock that was released, or a live holder.
 */
export async function releaseStackLock(options: {
  stack: string;
  engine: string | undefined;
  workDir: string;
  env: Record<string, string>;
  /** The host of the run that died; default: this one. */
  diedOn?: string | undefined;
}): Promise<"none" | "released" | { heldBy: LockHolder }> {
  const { stack, engine, workDir, env, diedOn = hostname() } = options;
  const holders = await lockHolders(env.PULUMI_BACKEND_URL, stack, env);
  if (holders?.length === 0) return "none";
  for (const holder of holders ?? []) {
    const here = holder.hostname === hostname();
    if (here ? (await beganAt(holder.pid)) !== null : holder.hostname !== diedOn)
      return { heldBy: holder };
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
