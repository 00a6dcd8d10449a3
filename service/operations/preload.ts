import { flushCompileCache } from "node:module";
import { openObjects } from "../automation/backend/objects.ts";
import { engineCommand } from "../automation/engine-command.ts";
import type { Preload } from "../automation/child-process.ts";

/**
 * Loads what an operation will need, before there is one. Modules, and the engine's version: no resource is declared and no stack is
 * looked at, so that nothing of one operation can reach another. What cannot be loaded is the operation's error to tell.
 */
export async function warm({ product, engine }: Preload): Promise<void> {
  await engineCommand(engine).catch(() => undefined);
  const objects = await openObjects(process.env.PULUMI_BACKEND_URL, process.env).catch(
    () => undefined,
  );
  objects?.close();
  if (product) {
    await import("../../infra/pipelines/copy-pipeline.ts").catch(() => undefined);
    await import("../../infra/program.ts").catch(() => undefined);
  }
  // One that waits is killed in the end, and would keep nothing for those after it.
  flushCompileCache();
}
