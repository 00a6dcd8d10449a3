import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pipeline } from "../../../service/http/schemas.ts";
import { lockHolders } from "../../../service/automation/stack-lock.ts";
import { askEngine } from "./ask-engine.ts";
import type { World } from "./clouds.ts";
import { processesOf, type Seen } from "./processes.ts";
import type { Tortured } from "./programs.ts";
import type { Wanted } from "./tenants.ts";
import type { Testimony } from "./witness.ts";

/** One look at a stack of many: what the engine sees in the clouds, and what the last generation would change. */
export async function stackDiffers(
  world: World,
  pipeline: Pipeline,
  program: string | undefined,
): Promise<string | undefined> {
  const { tenant, name, generation } = pipeline;
  const result = await askEngine(world, pipeline, "preview", { program, refresh: true });
  const changes = Object.entries(result.changes ?? {}).filter(([op]) => op !== "same");
  if (result.outcome === "succeeded" && changes.length === 0) return undefined;
  return `${tenant}.${name} is not what its generation ${generation} describes: ${JSON.stringify(result)}`;
}

/** What is in the clouds and should not be, and the other way round; each as often as it is there. */
export async function cloudsDiffer(
  world: World,
  wanted: readonly Wanted[],
  program: Tortured,
): Promise<string[]> {
  const expected = [
    ...(world.foundation?.ids ?? []),
    ...wanted.flatMap((one) => program.inventoryOf(one)),
  ];
  const there = await world.clouds.inventory();
  const without = (from: readonly string[], others: readonly string[]): string[] => {
    const left = [...from.map(program.named)];
    for (const id of others.map(program.named)) {
      const at = left.indexOf(id);
      if (at >= 0) left.splice(at, 1);
    }
    return left;
  };
  return [
    ...without(there, expected).map((id) => `left in the clouds: ${id}`),
    ...without(expected, there).map((id) => `missing in the clouds: ${id}`),
  ];
}

/** Locks, work folders and processes that outlived their operations; when no service runs any more. */
export async function leftBehind(
  world: World,
  wanted: readonly Wanted[],
  homes: readonly string[],
): Promise<string[]> {
  const backend = world.env.PULUMI_BACKEND_URL ?? "";
  const left: string[] = [];
  for (const { tenant, name } of wanted) {
    const holders = (await lockHolders(backend, `${tenant}.${name}`)) ?? [];
    for (const { pid } of holders) left.push(`${tenant}.${name} is locked by ${pid}`);
  }
  for (const home of homes) {
    const folders = await readdir(join(home, "service", "work")).catch(() => []);
    const strays = folders.filter((name) => name.startsWith("op_"));
    left.push(...strays.map((name) => `work folder ${name} in ${home}`));
  }
  return [...left, ...(await stillRunning(world.home, ["task", "database"]))];
}

/** Processes of a world, but for those `kinds` that may still run. */
export async function stillRunning(
  home: string,
  kinds: readonly Seen["kind"][],
): Promise<string[]> {
  const processes = (await processesOf(home)).filter(({ kind }) => !kinds.includes(kind));
  return processes.map(({ pid, kind }) => `process ${pid} (${kind}) still runs`);
}

export function settledWrong(testimony: Testimony, accepted: ReadonlySet<string>): string[] {
  const known = new Set(testimony.operations.map(({ id }) => id));
  return [
    ...testimony.notOnce.map(
      ({ id, state, times }) => `${id} (${state}) was settled ${times} times`,
    ),
    ...testimony.operations
      .filter(({ state }) => state === "queued" || state === "running")
      .map(({ id, state }) => `${id} is ${state}`),
    ...[...accepted]
      .filter((id) => !known.has(id))
      .map((id) => `${id} was accepted and is not there`),
    ...testimony.leases.map((lease) => `lease left: ${lease}`),
  ];
}
