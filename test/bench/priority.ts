import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";

let nice = 0;

/**
 * Ahead of what else runs on the machine, for the stubs and the tools alike. Linux groups processes by session and weighs the groups first, so
 * that a process's own nice value does not help against another session's.
 */
export function runAt(value: number): void {
  nice = value;
  if (value === 0) return;
  setPriority(value);
  try {
    writeFileSync("/proc/self/autogroup", String(value));
  } catch {
    // A kernel without groups by session.
  }
}

/** Shell words that do the same for a session of its own. */
export function shellPrelude(): string {
  return nice === 0 ? "" : `{ echo ${nice} > /proc/self/autogroup; } 2>/dev/null; `;
}
