import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "../integration/runtime/worker-process.ts";
import { chaosOf } from "./chaos.ts";
import { Command } from "./command.ts";
import { delivered, eventAbout } from "./hints.ts";
import { historyOf, type Act } from "./history.ts";
import { Random } from "./random.ts";
import type { World } from "./world.ts";

/** What a round found wrong; empty: nothing. */
export interface Verdict {
  readonly torn: readonly string[];
  readonly differences: readonly string[];
  readonly ended: string;
}

export interface Round {
  readonly world: World;
  readonly seed: number;
  /** Names of this round begin with it. */
  readonly prefix: string;
  readonly environment: Readonly<Record<string, string>>;
}

const MOST_RUNS = 8;
const ENDS = ["SIGKILL", "SIGTERM"] as const;

/** A history at the source while `causeway copy --mirror` runs, is killed and runs again; then it runs in peace. */
export async function commandRound(round: Round): Promise<Verdict> {
  const { world, prefix } = round;
  const random = new Random(round.seed);
  const by = random.pick(["auto", "stream", "url"]);
  const copy = (): Command =>
    new Command(
      [
        "copy",
        `s3://source/${prefix}`,
        `azure://landing/${prefix}`,
        "--mirror",
        "--max-delete",
        "100%",
        "--by",
        by,
      ],
      { PATH: process.env["PATH"], HOME: process.env["HOME"], ...round.environment },
    );
  return watched(round, async () => {
    world.arm(chaosOf(random));
    const happening = happen(world, random, historyOf(random, shape(prefix)), () => undefined);
    const over = happening.then(() => true);
    for (let done = false; !done;) {
      const run = copy();
      await Promise.race([run.ended, sleep(random.integer(150, 1500))]);
      await run.kill(random.pick(ENDS));
      done = await Promise.race([over, sleep(1, false)]);
    }
    world.calm();
    for (let runs = 1; ; runs += 1) {
      const run = copy();
      const code = await run.ended;
      if (code === 0) return `exit 0 after ${runs} of ${by}`;
      if (runs >= MOST_RUNS) return `exit ${code ?? "none"}: ${run.printed}`;
    }
  });
}

/** A history whose hints arrive late, twice, in any order or never, at workers that are killed; then a scan repairs the rest. */
export async function hintRound(round: Round, workers: Workers): Promise<Verdict> {
  const { world } = round;
  const random = new Random(round.seed);
  return watched(round, async () => {
    world.arm(chaosOf(random));
    const hints: object[] = [];
    const send = async (): Promise<void> => {
      const delivery = { lost: 0.15, twice: 0.3, shuffle: true };
      for (const hint of delivered(random, hints.splice(0), delivery)) await world.rig.hint(hint);
    };
    await happen(world, random, historyOf(random, shape(round.prefix)), async (act) => {
      hints.push(eventAbout("source", act.key, act.do === "delete" ? "delete" : "put"));
      if (random.chance(0.4)) await send();
      if (random.chance(0.1)) await workers.killOne(random);
    });
    await send();
    world.calm();
    // One scan is skipped while the one before, of a worker that was killed, is still at work.
    for (;;) {
      const ended = await workers.scan();
      if (!ended.startsWith("scan skipped")) return ended;
      await sleep(1000);
    }
  });
}

/** Two workers on one queue. */
export class Workers {
  readonly #world: World;
  #running: Worker[] = [];
  #scans = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async start(): Promise<void> {
    this.#running = await Promise.all([this.#world.rig.worker(), this.#world.rig.worker()]);
  }

  async killOne(random: Random): Promise<void> {
    const index = random.integer(0, this.#running.length - 1);
    await this.#running[index]?.end(random.pick(ENDS));
    this.#running[index] = await this.#world.rig.worker();
  }

  /** Asks for a scan and waits for its books. */
  async scan(): Promise<string> {
    this.#scans += 1;
    const id = `torture-${process.pid}-${this.#scans}`;
    return this.#world.scanned(id);
  }
}

async function watched(round: Round, live: () => Promise<string>): Promise<Verdict> {
  const { world, prefix } = round;
  const stop = new AbortController();
  const watching = world.watch(prefix, stop.signal);
  try {
    const ended = await live();
    const differences = await world.differences(prefix);
    stop.abort();
    return { torn: await watching, differences, ended };
  } finally {
    stop.abort();
    world.calm();
  }
}

async function happen(
  world: World,
  random: Random,
  acts: readonly Act[],
  after: (act: Act) => Promise<void> | undefined,
): Promise<void> {
  for (const act of acts) {
    await world.act(act);
    await after(act);
    await sleep(random.integer(0, 120));
  }
}

function shape(prefix: string) {
  return { plain: `${prefix}plain/`, odd: `${prefix}odd/` };
}
