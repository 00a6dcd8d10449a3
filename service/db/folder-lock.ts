import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
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
  // A link appears with its content, so that nobody reads a lock that is half written.
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, JSON.stringify(own));
  try {
    while (!(await linked(aside, file))) await clear(file, folder);
    return () => rm(file, { force: true });
  } finally {
    await rm(aside, { force: true });
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Takes a dead process's lock away; if another was quicker and the lock is its own by now, gives it back. */
async function clear(file: string, folder: string): Promise<void> {
  const holder = await holderOf(file);
  if (holder !== undefined && (await isAlive(holder))) throw inUse(folder, holder);
  const taken = `${file}.${process.pid}.old`;
  try {
    await rename(file, taken);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const moved = await holderOf(taken);
  const lives = moved !== undefined && (await isAlive(moved));
  if (lives) await linked(taken, file);
  await rm(taken, { force: true });
  if (lives) throw inUse(folder, moved);
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
