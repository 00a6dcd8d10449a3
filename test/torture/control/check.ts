import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pipeline } from "../../../service/http/schemas.ts";
import { spawnOperation } from "../../../service/automation/run-operation.ts";
import { lockHolders } from "../../../service/automation/stack-lock.ts";
import { foundationStack } from "../../../local/foundation.ts";
import { requestFor } from "../../../service/operations/request-for.ts";
import { environment, type World } from "./clouds.ts";
import { inventoryOf } from "./expected.ts";
import { processesOf } from "./processes.ts";
import type { Wanted } from "./tenants.ts";
import type { Testimony } from "./witness.ts";

/** One look at a stack of many: what the engine sees in the clouds, and what the last generation would change. */
export async function stackDiffers(
  world: World,
  pipeline: Pipeline,
  program: string | undefined,
): Promise<string | undefined> {
  const stack = `${pipeline.tenant}.${pipeline.name}`;
  const request = requestFor(
    { id: `check-${stack}`, stack, action: "preview", generation: pipeline.generation } as never,
    {
      tenant: pipeline.tenant,
      name: pipeline.name,
      created_at: new Date(pipeline.createdAt),
    },
    pipeline.spec,
    {
      home: world.home,
      engine: world.engine,
      program,
      environment,
      foundation: foundationStack(environment),
    },
  );
  const result = await spawnOperation(
    { ...request, refresh: true },
    { env: world.env, onEvent: () => undefined },
  );
  const changes = Object.entries(result.changes ?? {}).filter(([op]) => op !== "same");
  if (result.outcome === "succeeded" && changes.length === 0) return undefined;
  return `${stack} is not what its generation ${pipeline.generation} describes: ${JSON.stringify(result)}`;
}

/** What is in the clouds and should not be, and the other way round. */
export async function cloudsDiffer(world: World, wanted: readonly Wanted[]): Promise<string[]> {
  const expected = new Set([...world.foundation, ...wanted.flatMap(inventoryOf)]);
  const there = new Set(await world.clouds.inventory());
  return [
    ...[...there].filter((id) => !expected.has(id)).map((id) => `left in the clouds: ${id}`),
    ...[...expected].filter((id) => !there.has(id)).map((id) => `missing in the clouds: ${id}`),
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
  const processes = await processesOf(backend);
  return [...left, ...processes.map(({ pid, kind }) => `process ${pid} (${kind}) still runs`)];
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
