import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectName } from "../../../service/automation/project.ts";
import type { World } from "./clouds.ts";
import type { Wanted } from "./tenants.ts";

interface Checkpoint {
  checkpoint: { latest?: { pending_operations?: { type: string; resource: { urn: string } }[] } };
}

/** Stacks that are in the engine's state and should not be, and the other way round; and what is pending in one. */
export async function stacksDiffer(world: World, wanted: readonly Wanted[]): Promise<string[]> {
  const folder = join(world.home, "pulumi", ".pulumi", "stacks", projectName);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const there = new Set(names.map((name) => name.slice(0, -".json".length)));
  const expected = new Set([
    ...(world.foundation === undefined ? [] : [world.foundation.stack]),
    ...wanted.flatMap(({ tenant, name, prefix }) =>
      prefix === undefined ? [] : [`${tenant}.${name}`],
    ),
  ]);
  return [
    ...[...there].filter((name) => !expected.has(name)).map((name) => `stack ${name} is left`),
    ...[...expected].filter((name) => !there.has(name)).map((name) => `stack ${name} is missing`),
    ...(await Promise.all(names.map((name) => pendingIn(join(folder, name))))).flat(),
  ];
}

async function pendingIn(file: string): Promise<string[]> {
  const { checkpoint } = JSON.parse(await readFile(file, "utf8")) as Checkpoint;
  const pending = checkpoint.latest?.pending_operations ?? [];
  return pending.map(({ type, resource }) => `${type} is pending: ${resource.urn} in ${file}`);
}
