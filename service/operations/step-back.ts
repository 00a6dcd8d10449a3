import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";

const nice = 10;

/**
 * Puts this process, and the engine that inherits it, behind the service itself: an answer to a request is short and somebody waits for it.
 * Where Linux shares the processors among sessions first (autogroup), a process's own niceness counts only within its session; a child has one of
 * its own.
 */
export function stepBack(): void {
  setPriority(nice);
  try {
    writeFileSync("/proc/self/autogroup", String(nice));
  } catch {
    // Another system, or a kernel without it.
  }
}
