import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A process, told apart from a later one with the same number by when it began. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque; null when it could not be read. */
  began: string | null;
}

/** When a process began, in the system's own units; null when there is no such process. */
export async function beganAt(pid: number): Promise<string | null> {
  if (process.platform === "linux") {
    // proc(5): field 22 is the start time in ticks since boot; the name in field 2 may hold spaces and brackets.
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? null);
  }
  const answer = await run("ps", ["-o", "lstart=", "-p", String(pid)]).catch(() => undefined);
  return answer?.stdout.trim() ?? null;
}

/** This process, as a lease names its owner: `host:pid:began`. */
export async function instanceName(): Promise<string> {
  return `${hostname()}:${process.pid}:${(await beganAt(process.pid)) ?? ""}`;
}

/** True only for the very process, not for another that got its number. */
export async function isAlive({ pid, began }: ProcessIdentity): Promise<boolean> {
  const now = await beganAt(pid);
  return now !== null && (began === null || now === began);
}

/** The process and all that descend from it, children after parents. */
export async function treeOf(root: number): Promise<number[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="], { maxBuffer: 16 * 1024 * 1024 });
  const children = new Map<number, number[]>();
  for (const line of stdout.trim().split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid === undefined || parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/**
 * Kills a process with its group and its descendants (the engine gives plugins groups of their own) and waits until the
 * root is gone. Does nothing when the identity's process is not there any more.
 * @returns whether the process is proven dead.
 */
export async function killTree(identity: ProcessIdentity, waitMs = 5_000): Promise<boolean> {
  if (!(await isAlive(identity))) return true;
  const tree = await treeOf(identity.pid).catch(() => [identity.pid]);
  signal(-identity.pid, "SIGKILL");
  for (const pid of tree) signal(pid, "SIGKILL");
  const end = Date.now() + waitMs;
  while (Date.now() < end) {
    if (!(await isAlive(identity))) return true;
    await delay(20);
  }
  return !(await isAlive(identity));
}

/** Sends a signal; a process that is gone, or was never a group, is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
