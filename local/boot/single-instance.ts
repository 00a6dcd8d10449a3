import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Another `npm start` works on the same folder. */
export class AlreadyRunning extends Error {
  override readonly name = "AlreadyRunning";
}

/**
 * Holds `home` for this process: two embedded clouds on one folder would overwrite each other's state.
 * A lock whose process is gone (kill -9, power cut) is taken over. Returns the release.
 */
export function holdFolder(home: string): () => void {
  mkdirSync(home, { recursive: true });
  const file = join(home, "lock");
  const mine = `${process.pid} ${startTime(process.pid) ?? ""}`;
  try {
    writeFileSync(file, mine, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const [pid = "", began = ""] = readFileSync(file, "utf8").split(" ");
    if (isAlive(Number(pid), began)) {
      throw new AlreadyRunning(
        `Causeway already runs on ${home} (process ${pid}). Stop it first, or give this one another folder: CAUSEWAY_HOME=... npm start`,
      );
    }
    writeFileSync(file, mine);
  }
  return () => rmSync(file, { force: true });
}

function isAlive(pid: number, began: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  // A process id is reused after a reboot; the start time tells whether it is still the same process.
  const now = startTime(pid);
  return now === undefined || began === "" || now === began;
}

/** Clock ticks since boot at which a process started (Linux, proc(5) field 22); undefined elsewhere. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
