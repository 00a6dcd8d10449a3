import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A process, told apart from a later one with the same number by when it began. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque; null when it could not be read. */
  began: string | null;
  /** What its environment, and that of all it starts, has as `CAUSEWAY_CHILD`; absent where there is none. */
  mark?: string | null;
}

/** The variable by which a child's descendants are known after their parents are gone. */
export const markVariable = "CAUSEWAY_CHILD";

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
  const children = new Map<number, number[]>();
  for (const [pid = 0, parent = 0] of await processTable("ppid")) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/**
 * All that runs of an operation's child: itself, what carries its mark (on Linux, where environments can be read), and what is left of
 * its process group. The engine outlives a child that was killed, and gives plugins groups of their own.
 */
export async function survivors(identity: ProcessIdentity): Promise<number[]> {
  const { pid, mark } = identity;
  const own = (await isAlive(identity)) ? [pid] : [];
  if (process.platform === "linux" && mark != null) return [...own, ...(await marked(mark, pid))];
  // Without a mark nobody can tell a dead leader's group from a stranger's that got its number.
  if (own.length === 0 && mark == null) return own;
  const group = (await processTable("pgid")).filter(
    ([member, leader]) => leader === pid && member !== pid,
  );
  return [...own, ...group.map(([member = 0]) => member)];
}

async function marked(mark: string, except: number): Promise<number[]> {
  const wanted = `${markVariable}=${mark}`;
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      // Another user's process cannot be read, and is not ours. A zombie's environment is empty.
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return pid !== except && environment.split("\0").includes(wanted);
    }),
  );
  return pids.filter((_, index) => found[index]);
}

async function processTable(column: "ppid" | "pgid"): Promise<number[][]> {
  const { stdout } = await run("ps", ["-A", "-o", `pid=,${column}=`], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
}

/**
 * Interrupts what runs of a child, gives it a grace to end well, then kills it.
 * @returns `quiet`: nothing ran any more; `ended`: it ended by itself; `killed`; `alive`: it could not be killed, or `giveUp` said to leave it.
 */
export async function endTree(
  identity: ProcessIdentity,
  graceMs: number,
  giveUp: () => boolean = () => false,
): Promise<"quiet" | "ended" | "killed" | "alive"> {
  const first = await survivors(identity);
  if (first.length === 0) return "quiet";
  // The child passes it on to its engine; a second one would make the engine drop what it has under way.
  const told = (await isAlive(identity)) ? [identity.pid] : first;
  for (const pid of told) signal(pid, "SIGINT");
  const end = performance.now() + graceMs;
  while (performance.now() < end) {
    if ((await survivors(identity)).length === 0) return "ended";
    if (giveUp()) return "alive";
    await delay(100);
  }
  return (await killTree(identity)) ? "killed" : "alive";
}

/**
 * Kills a child with all that runs of it, and waits until nothing does.
 * @returns whether all of it is proven dead.
 */
export async function killTree(identity: ProcessIdentity, waitMs = 5_000): Promise<boolean> {
  const end = performance.now() + waitMs;
  do {
    const left = new Set(await survivors(identity));
    if (left.size === 0) return true;
    if (await isAlive(identity)) {
      for (const pid of await treeOf(identity.pid).catch(() => [])) left.add(pid);
      signal(-identity.pid, "SIGKILL");
    }
    for (const pid of left) signal(pid, "SIGKILL");
    await delay(20);
  } while (performance.now() < end);
  return (await survivors(identity)).length === 0;
}

/** Sends a signal; a process that is gone, or was never a group, is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
