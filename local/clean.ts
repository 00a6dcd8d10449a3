import { rmSync } from "node:fs";
import { homeFolder } from "./boot/home.ts";
import { holdFolder } from "./boot/single-instance.ts";

// Held while it is removed: forgetting the state of a running instance would leave tasks and locks behind.
const home = homeFolder();
try {
  const release = await holdFolder(home);
  rmSync(home, { recursive: true, force: true });
  release();
  console.log(`Forgot everything under ${home}. The Pulumi engine's cache is kept.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
