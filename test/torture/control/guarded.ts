import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("guard.ts", import.meta.url));

/**
 * Has all that runs of the world in `home` end when this process does, even by SIGKILL.
 * @returns what calls the guard off.
 */
export async function guarded(home: string): Promise<() => void> {
  // Of a group of its own: what ends this process's group must not end the guard.
  const guard = spawn(process.execPath, [script, home], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  await once(guard, "spawn");
  guard.unref();
  return () => guard.kill("SIGKILL");
}
