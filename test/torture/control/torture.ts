import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Pipeline } from "../../../service/http/schemas.ts";
import { startPostgres } from "../../support/postgres.ts";
import { Random } from "../random.ts";
import { Chaos } from "./chaos.ts";
import { cloudsDiffer, leftBehind, settledWrong, stackDiffers, stillRunning } from "./check.ts";
import { Client } from "./client.ts";
import { makeWorld, type World } from "./clouds.ts";
import { guarded } from "./guarded.ts";
import { programNamed, type ProgramName, type Tortured } from "./programs.ts";
import { Services } from "./services.ts";
import { stacksDiffer } from "./stacks.ts";
import { ask, insist, pipelinesOf, type Wanted } from "./tenants.ts";
import { Witness, type Testimony } from "./witness.ts";

export interface TortureOptions {
  /** Repeats the requests and the order of the kills, not the moment at which they strike. */
  seed: number;
  operations: number;
  stacks: number;
  /** Services on one database; the embedded one can have one. */
  instances: number;
  postgres: "pglite" | "server";
  program: ProgramName;
  /** From one kill to the next, on average. */
  killEverySeconds: number;
  say: (line: string) => void;
  /** Keep the folder although nothing is wrong. */
  keep: boolean;
}

interface Torture extends TortureOptions {
  home: string;
  random: Random;
  databaseUrl: string | undefined;
  world: World;
  tortured: Tortured;
}

const mostWaiting = 4;

/**
 * Real services, engines and embedded clouds. Random requests about random pipelines, while services, operations' processes and engines are
 * killed every few seconds. In the end every operation has settled once, every stack is what its last generation describes, the clouds hold
 * that and nothing else, nothing is locked or pending, and nothing runs.
 * @returns what was wrong; empty when all is well.
 */
export async function torture(options: TortureOptions): Promise<string[]> {
  const home = await mkdtemp(join(tmpdir(), "causeway-torture-"));
  // The database's server is another user where we are root.
  await chmod(home, 0o711);
  const callOff = await guarded(home);
  let wrong: string[] | undefined;
  try {
    wrong = await inWorld(options, home);
    wrong.push(...(await stillRunning(home, [])));
    return wrong;
  } finally {
    callOff();
    if (options.keep || wrong?.length !== 0) options.say(`everything is kept in ${home}`);
    else await rm(home, { recursive: true, force: true });
  }
}

async function inWorld(options: TortureOptions, home: string): Promise<string[]> {
  const postgres = options.postgres === "server" ? await server(home) : undefined;
  try {
    const founded = options.program === "product";
    const world = await makeWorld(home, { founded, say: options.say });
    try {
      const tortured = await programNamed(options.program, world);
      const random = new Random(options.seed);
      const databaseUrl = postgres?.url;
      return await carryOut({ ...options, home, random, databaseUrl, world, tortured });
    } finally {
      await world.stop();
    }
  } finally {
    await postgres?.stop();
  }
}

async function server(home: string) {
  const postgres = await startPostgres(home);
  if (postgres !== undefined) return postgres;
  throw new Error(
    "No Postgres on this machine: install Debian's postgresql, or put its programs on the PATH.",
  );
}

async function carryOut(torture: Torture): Promise<string[]> {
  const { home, random, databaseUrl, world, tortured, say } = torture;
  const witness = new Witness(databaseUrl, join(home, "service-0"));
  await witness.prepare();
  const services = await Services.start({
    world,
    count: torture.instances,
    databaseUrl,
    program: tortured.module,
  });
  const client = new Client(services.urls, new Random(random.integer(0, 2 ** 31)));
  const wanted = pipelinesOf(torture.stacks);
  const chaos = new Chaos(
    services,
    home,
    new Random(random.integer(0, 2 ** 31)),
    torture.killEverySeconds * 1_000,
  );
  try {
    const accepted = await storm(torture, client, wanted);
    for (const id of accepted) await client.settled(id);
    await chaos.stop();
    say(`all ${accepted.size} operations have settled; killed: ${JSON.stringify(chaos.kills)}`);
    for (const one of wanted) await insist(client, one);
    say("every pipeline is where it was wanted");
    const differing = await compare(torture, client, wanted);
    await services.stop();
    const testimony = await witness.testify(services.pids);
    say(tally(testimony));
    const homes = services.urls.map((_, index) => services.homeOf(index));
    return [
      ...differing,
      ...(await cloudsDiffer(world, wanted, tortured)),
      ...(await stacksDiffer(world, wanted)),
      ...(await leftBehind(world, wanted, homes)),
      ...settledWrong(testimony, accepted),
    ];
  } finally {
    await chaos.stop();
    await services.stop();
  }
}

/** Requests, a few at a time, about whatever pipeline comes. @returns the operations that were accepted. */
async function storm(
  { operations, random, say }: Torture,
  client: Client,
  wanted: Wanted[],
): Promise<Set<string>> {
  const accepted = new Set<string>();
  let said = 0;
  while (accepted.size < operations) {
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
  return accepted;
}

async function compare(
  { world, tortured, say }: Torture,
  client: Client,
  wanted: Wanted[],
): Promise<string[]> {
  const differing: string[] = [];
  const there = wanted.filter(({ prefix }) => prefix !== undefined).values();
  const lane = async (): Promise<void> => {
    for (const { tenant, name } of there) {
      const { body } = await client.call("GET", `/v1/tenants/${tenant}/pipelines/${name}`);
      const differs = await stackDiffers(world, body as Pipeline, tortured.module);
      if (differs !== undefined) differing.push(differs);
    }
  };
  await Promise.all([lane(), lane()]);
  say("every stack was compared with the clouds and its generation");
  return differing;
}

function tally({ operations }: Testimony): string {
  const attempts = operations.reduce((sum, { attempts: more }) => sum + more, 0);
  const counts = new Map<string, number>();
  for (const { state, code } of operations) {
    const key = code === null ? state : `${state} (${code})`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const ends = [...counts].map(([key, count]) => `${count} ${key}`).join(", ");
  return `${operations.length} operations in ${attempts} attempts: ${ends}`;
}
