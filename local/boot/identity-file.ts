import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  beganAt,
  isAlive,
  killTree,
  signal,
  type ProcessIdentity,
} from "../../service/automation/process-tree.ts";

/** A process as files keep it: `PID BEGAN`, so that a later one with the same number is told apart. */
export function writtenAs({ pid, began }: ProcessIdentity): string {
  return `${pid} ${began ?? ""}`;
}

/** Undefined when the text names no process. */
export function readIdentity(text: string): ProcessIdentity | undefined {
  const [pid = "", began = ""] = text.split(" ");
  return /^[1-9]\d*$/.test(pid) ? { pid: Number(pid), began: began || null } : undefined;
}

export async function identityOf(pid: number): Promise<ProcessIdentity> {
  return { pid, began: await beganAt(pid) };
}

export async function keepIdentity(file: string, pid: number): Promise<void> {
  writeFileSync(file, writtenAs(await identityOf(pid)));
}

/** Asks the process that `file` names to end, and kills it with its children when it does not within the grace. */
export async function endLeftover(file: string, graceMs = 30_000): Promise<void> {
  const left = readIdentity(textOf(file));
  // Without its beginning it might be anybody.
  if (left?.began == null) return;
  const deadline = Date.now() + graceMs;
  if (await isAlive(left)) signal(left.pid, "SIGTERM");
  while ((await isAlive(left)) && Date.now() < deadline) await sleep(100);
  await killTree(left);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
