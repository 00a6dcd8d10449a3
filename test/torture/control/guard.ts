/**
 * `node guard.ts HOME`, beside a torture whose end it hears by its standard input, however the torture ends: what then runs of the torture's
 * world is killed, and its folder removed. A torture that ends by itself has done both, and stops the guard first.
 */
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { processesOf } from "./processes.ts";

const home = process.argv[2];
if (home === undefined) throw new Error("Expected the folder of a world, got nothing.");
process.stdin.resume();
process.stdin.once("close", () => void endWorld(home));

async function endWorld(folder: string): Promise<void> {
  // One that was being started when we looked is seen by the next look.
  for (let quiet = 0; quiet < 3;) {
    const left = await processesOf(folder);
    for (const { pid } of left) kill(pid);
    quiet = left.length === 0 ? quiet + 1 : 0;
    await delay(100);
  }
  await rm(folder, { recursive: true, force: true });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
