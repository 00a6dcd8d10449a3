import { execFile } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Only one process of a machine installs; the others wait for it this long. */
const PATIENCE_MS = 170_000;

/**
 * A virtual environment with pinned packages (`name==version`) outside the work tree (`~/.cache/causeway/NAME`), installed from PyPI the first
 * time. Returns the folder of its executables.
 * @throws Error that says what is missing when there is no python3 or PyPI cannot be reached
 */
export async function pythonPackages(name: string, packages: readonly string[]): Promise<string> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folder = join(cache, "causeway", name);
  const lock = `${folder}.lock`;
  for (let waited = 0; !existsSync(join(folder, "complete")); waited += 250) {
    if (takeLock(lock)) {
      try {
        if (!existsSync(join(folder, "complete"))) await install(folder, packages);
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    } else if (waited > PATIENCE_MS) {
      throw new Error(`Another process has been installing ${name} for too long: remove ${lock}.`);
    } else await sleep(250);
  }
  return join(folder, "bin");
}

async function install(folder: string, packages: readonly string[]): Promise<void> {
  const aside = `${folder}.installing`;
  rmSync(aside, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  try {
    await run("python3", ["-m", "venv", folder]);
    await run(join(folder, "bin", "pip"), ["install", "--quiet", ...packages], {
      timeout: PATIENCE_MS,
    });
    mkdirSync(aside);
    renameSync(aside, join(folder, "complete"));
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    throw new Error(
      `${packages.join(", ")} could not be installed from PyPI; it needs python3 with venv and pip, and the network: ${said ?? String(error)}`,
      { cause: error },
    );
  }
}

/** A folder can be made by one process only; one that a dead process left is taken over. */
function takeLock(lock: string): boolean {
  mkdirSync(dirname(lock), { recursive: true });
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > PATIENCE_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
