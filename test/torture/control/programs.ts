import { fileURLToPath } from "node:url";
import { PipelineSpec } from "../../../infra/spec/index.ts";
import { askEngine } from "./ask-engine.ts";
import type { World } from "./clouds.ts";
import { spec, type Wanted } from "./tenants.ts";

export const programNames = ["small", "product"] as const;
export type ProgramName = (typeof programNames)[number];

/** A program whose pipelines are tortured, and what its pipelines are in the clouds' own list. */
export interface Tortured {
  /** Undefined: the product's. */
  readonly module: string | undefined;
  /** What is there of a pipeline that is where it is wanted. */
  readonly inventoryOf: (one: Wanted) => string[];
  /** An id without what differs from one building to the next. */
  readonly named: (id: string) => string;
}

/** `world`: with a foundation for the product's. */
export async function programNamed(name: ProgramName, world: World): Promise<Tortured> {
  return name === "small" ? small : product(world);
}

const account = "123456789012";
const region = "eu-west-1";

const small: Tortured = {
  module: fileURLToPath(new URL("small-program.ts", import.meta.url)),
  inventoryOf: ({ tenant, name, prefix }) => {
    if (prefix === undefined) return [];
    const base = `cw-local--${tenant}--${name}`;
    const parts = prefix.split("/").filter((part) => part !== "");
    return [
      `arn:aws:iam::${account}:role/${base}`,
      `arn:aws:s3:::${base}`,
      `arn:aws:sqs:${region}:${account}:${base}`,
      `arn:aws:sqs:${region}:${account}:${base}--dead`,
      ...parts.map(
        (part) => `arn:aws:ssm:${region}:${account}:parameter/${tenant}/${name}/${part}`,
      ),
    ];
  },
  named: (id) => id,
};

/** What the product makes for a pipeline is what one that was built in peace is made of. */
async function product(world: World): Promise<Tortured> {
  const sample = { tenant: "peaceful", name: "sample" };
  const made = await inPeace(world, sample);
  return {
    module: undefined,
    inventoryOf: ({ tenant, name, prefix }) =>
      prefix === undefined
        ? []
        : made.map((id) => id.replaceAll(sample.tenant, tenant).replaceAll(sample.name, name)),
    named: withoutDigests,
  };
}

/** Builds a pipeline, looks at the list, and takes the pipeline down again. */
async function inPeace(world: World, owner: { tenant: string; name: string }): Promise<string[]> {
  const described = {
    ...{ ...owner, generation: 1, createdAt: new Date().toISOString() },
    spec: PipelineSpec.parse(spec("a/")),
  };
  const run = async (action: "create" | "delete"): Promise<string[]> => {
    const way = { program: undefined, refresh: false };
    const result = await askEngine(world, described, action, way);
    if (result.outcome !== "succeeded")
      throw new Error(`The sample's ${action} in peace: ${JSON.stringify(result)}`);
    const before = new Set(world.foundation?.ids);
    return (await world.clouds.inventory()).filter((id) => !before.has(id));
  };
  const made = await run("create");
  const left = await run("delete");
  if (left.length > 0) throw new Error(`The sample left in the clouds: ${left.join(", ")}`);
  return made.map(withoutDigests);
}

/** Names end with a digest where they must be unique in the world (infra/names.ts); task definitions with their revision. */
function withoutDigests(id: string): string {
  return id
    .replace(/(cw-local--[a-z0-9]+--[a-z0-9]+)-[a-z2-9]{6}\b/, "$1-DIGEST")
    .replace(/(containers\/[a-z0-9]+-[a-z0-9]+)-[a-z2-9]{6}\b/, "$1-DIGEST")
    .replace(/(:task-definition\/[^:]+):\d+$/, "$1:REVISION");
}
