import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import type { LedgerStore } from "./store.ts";
import { LedgerTrouble } from "./trouble.ts";

/** Where copies by hand keep their ledgers: a folder for each run. */
export function runsFolder(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"];
  // The XDG specification: a relative path is to be ignored.
  const base =
    state !== undefined && isAbsolute(state) ? state : join(homedir(), ".local", "state");
  return join(base, "causeway", "runs");
}

/** Ledger files in a folder. Only what is whole and on the disk has its name: a crash leaves a `.part` behind at worst, which no reader takes for a file. */
export function folderStore(root: string): LedgerStore {
  return {
    label: root,
    list: (prefix, after) => listNames(root, prefix, after),
    read: async (name) => {
      try {
        return await readFile(join(root, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    write: (name, bytes) => writeDurably(root, join(root, name), bytes),
  };
}

async function writeDurably(root: string, path: string, bytes: Buffer): Promise<void> {
  const part = `${path}.part`;
  try {
    const made = await mkdir(dirname(path), { recursive: true });
    const file = await open(part, "w", 0o600);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    await syncFolder(dirname(path));
    if (made !== undefined) await syncFolder(dirname(made));
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new LedgerTrouble(root, error as NodeJS.ErrnoException);
  }
}

/** A new name is durable when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function* listNames(root: string, prefix: string, after: string): AsyncIterable<string> {
  const names: string[] = [];
  for (const entry of await entriesOf(root)) {
    if (!entry.isFile() || entry.name.endsWith(".part")) continue;
    const name = join(entry.parentPath, entry.name).slice(root.length + 1);
    if (name.startsWith(prefix) && name > after) names.push(name);
  }
  yield* names.sort();
}

async function entriesOf(root: string) {
  try {
    return await readdir(root, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
