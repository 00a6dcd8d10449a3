import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { beganAt, isAlive, type ProcessIdentity } from "../automation/process-tree.ts";
import { SetupError } from "../errors.ts";

/**
 * Keeps a second process out of an embedded database's folder: PGlite does not notice one, and two would ruin the files.
 * A lock left by a process that is dead is taken over.
 * @returns a function that releases it.
 * @throws SetupError `database-in-use` naming the process that has it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = `${folder}.lock`;
  await mkdir(dirname(file), { recursive: true });
  const own: ProcessIdentity = { pid: process.pid, began: await beganAt(process.pid) };
  for (;;) {
    try {
      await writeFile(file, JSON.stringify(own), { flag: "wx" });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = await holderOf(file);
    if (holder !== undefined && (await isAlive(holder))) throw inUse(folder, holder);
    await rm(file, { force: true });
  }
}

async function holderOf(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as ProcessIdentity;
  } catch {
    // Gone meanwhile, or cut short by a crash: nobody holds it.
    return undefined;
  }
}

function inUse(folder: string, holder: ProcessIdentity): SetupError {
  return new SetupError({
    code: "database-in-use",
    subject: folder,
    message: `The database folder ${folder} is in use by process ${holder.pid}.`,
    remedy:
      "Stop that service, set CAUSEWAY_HOME to another folder, or share a Postgres through DATABASE_URL.",
  });
}
