import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../service/automation/process-tree.ts";
import { identityOf, readIdentity, writtenAs } from "./identity-file.ts";

/** Another `npm start` works on the same folder. */
export class AlreadyRunning extends Error {
  override readonly name = "AlreadyRunning";
}

/**
 * Holds `home` for this process: two embedded clouds on one folder would overwrite each other's state.
 * A lock whose process is gone (kill -9, power cut) is taken over. Returns the release.
 */
export async function holdFolder(home: string): Promise<() => void> {
  mkdirSync(home, { recursive: true });
  const file = join(home, "lock");
  const mine = writtenAs(await identityOf(process.pid));
  try {
    writeFileSync(file, mine, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = readIdentity(readFileSync(file, "utf8"));
    if (holder !== undefined && holder.pid !== process.pid && (await isAlive(holder))) {
      throw new AlreadyRunning(
        `Causeway already runs on ${home} (process ${holder.pid}). Stop it first, or give this one another folder: CAUSEWAY_HOME=... npm start`,
      );
    }
    writeFileSync(file, mine);
  }
  return () => rmSync(file, { force: true });
}
