import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Db } from "../db/database.ts";
import { unsettled } from "../db/operations.ts";
import { workRoot } from "./request-for.ts";

/** Removes the folders of operations that have settled: those that a service which was killed could not remove. */
export async function sweepWorkFolders(db: Db, settings: { home: string }): Promise<void> {
  const root = workRoot(settings);
  const names = await readdir(root).catch(() => []);
  const ids = names.filter((name) => name.startsWith("op_"));
  if (ids.length === 0) return;
  const needed = await unsettled(db, ids);
  for (const id of ids) {
    if (!needed.has(id)) await rm(join(root, id), { recursive: true, force: true });
  }
}
