import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Pipeline } from "../../../service/http/schemas.ts";
import { startPostgres } from "../../support/postgres.ts";
import { Random } from "../random.ts";
import { Chaos } from "./chaos.ts";
import { cloudsDiffer, leftBehind, settledWrong, stackDiffers } from "./check.ts";
import { Client } from "./client.ts";
import { makeWorld } from "./clouds.ts";
import { Services } from "./services.ts";
import { ask, insist, pipelinesOf, type Wanted } from "./tenants.ts";
import { Witness } from "./witness.ts";

/**
 * `npm run torture:control -- [--seed N] [--operations 100] [--stacks 20] [--instances 1|2] [--postgres pglite|server] [--kill-every 4.5] [--keep]`
 *
 * Real services, engines and embedded clouds. Random requests about random pipelines, while services, operations' processes and engines are
 * killed every few seconds. In the end every operation has settled once, every stack is what its last generation describes, the clouds hold
 * that and nothing else, nothing is locked and nothing runs. Exit code 1 when not. The seed repeats the requests and the order of the kills,
 * not the moment at which they strike.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    operations: { type: "string", default: "100" },
    stacks: { type: "string", default: "20" },
    instances: { type: "string", default: "1" },
    postgres: { type: "string" },
    "kill-every": { type: "string", default: "4.5" },
    keep: { type: "boolean", default: false },
  },
});
const mostWaiting = 4;
const instances = Number(values.instances);
const kind = values.postgres ?? (instances > 1 ? "server" : "pglite");
const began = performance.now();
const say = (line: string): void => {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`);
};
say(
  `seed ${values.seed}, ${values.operations} operations, ${values.stacks} stacks, ${instances} x ${kind}`,
);

const random = new Random(Number(values.seed));
const program = fileURLToPath(new URL("small-program.ts", import.meta.url));
const home = await mkdtemp(join(tmpdir(), "causeway-torture-"));
const postgres = kind === "server" ? await startPostgres() : undefined;
if (kind === "server" && postgres === undefined) {
  throw new Error(
    "No Postgres on this machine: install Debian's postgresql, or put its programs on the PATH.",
  );
}
const world = await makeWorld(home, say);
const wrong: string[] = [];
try {
  wrong.push(...(await torture()));
} finally {
  await world.stop();
  await postgres?.stop();
  if (values.keep || wrong.length > 0) say(`everything is kept in ${home}`);
  else await rm(home, { recursive: true, force: true });
}
for (const line of wrong) console.log(`NOT OK  ${line}`);
say(`${wrong.length} wrong, seed ${values.seed}`);
process.exit(wrong.length === 0 ? 0 : 1);

async function torture(): Promise<string[]> {
  const witness = new Witness(postgres?.url, join(home, "service-0"));
  await witness.prepare();
  const services = await Services.start({
    world,
    count: instances,
    databaseUrl: postgres?.url,
    program,
  });
  const client = new Client(services.urls, new Random(random.integer(0, 2 ** 31)));
  const wanted = pipelinesOf(Number(values.stacks));
  const accepted = new Set<string>();
  const chaos = new Chaos(
    services,
    world.env.PULUMI_BACKEND_URL ?? "",
    new Random(random.integer(0, 2 ** 31)),
    Number(values["kill-every"]) * 1_000,
  );
  try {
    await storm(client, wanted, accepted);
    for (const id of accepted) await client.settled(id);
    await chaos.stop();
    say(`all ${accepted.size} operations have settled; killed: ${JSON.stringify(chaos.kills)}`);
    await quiet(client, wanted);
    const differing = await compare(client, wanted);
    await services.stop();
    const testimony = await witness.testify();
    const attempts = testimony.operations.reduce((sum, { attempts: more }) => sum + more, 0);
    say(
      `${testimony.operations.length} operations in ${attempts} attempts: ${tally(testimony.operations)}`,
    );
    return [
      ...differing,
      ...(await cloudsDiffer(world, wanted)),
      ...(await leftBehind(
        world,
        wanted,
        services.urls.map((_, index) => services.homeOf(index)),
      )),
      ...settledWrong(testimony, accepted),
    ];
  } finally {
    await chaos.stop();
    await services.stop();
  }
}

/** Requests, a few at a time, about whatever pipeline comes. */
async function storm(client: Client, wanted: Wanted[], accepted: Set<string>): Promise<void> {
  const total = Number(values.operations);
  let said = 0;
  while (accepted.size < total) {
    const asked = await ask(client, random.pick(wanted), random);
    if (asked !== undefined) accepted.add(asked.id);
    if (accepted.size >= said + 10) {
      said = accepted.size;
      say(`${accepted.size} accepted`);
    }
    await delay(random.integer(50, 1_500));
    // A longer queue would be superseded and cancelled rather than carried out.
    while ((await client.waiting()) > mostWaiting) await delay(500);
  }
}

async function quiet(client: Client, wanted: Wanted[]): Promise<void> {
  for (const one of wanted) await insist(client, one);
  say("every pipeline is where it was wanted");
}

async function compare(client: Client, wanted: Wanted[]): Promise<string[]> {
  const differing: string[] = [];
  const there = wanted.filter(({ prefix }) => prefix !== undefined).values();
  const lane = async (): Promise<void> => {
    for (const { tenant, name } of there) {
      const { body } = await client.call("GET", `/v1/tenants/${tenant}/pipelines/${name}`);
      const differs = await stackDiffers(world, body as Pipeline, program);
      if (differs !== undefined) differing.push(differs);
    }
  };
  await Promise.all([lane(), lane()]);
  say("every stack was compared with the clouds and its generation");
  return differing;
}

function tally(operations: readonly { state: string; code: string | null }[]): string {
  const counts = new Map<string, number>();
  for (const { state, code } of operations) {
    const key = code === null ? state : `${state} (${code})`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${count} ${key}`).join(", ");
}
