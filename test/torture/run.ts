import { parseArgs } from "node:util";
import { rcloneFinds } from "./rclone.ts";
import { Random } from "./random.ts";
import { commandRound, hintRound, Workers, type Verdict } from "./round.ts";
import { World } from "./world.ts";

/**
 * `node test/torture/run.ts [--rounds 200] [--seed N] [--kind both|command|hints]`: random histories, faults and kills against the embedded clouds.
 * After each round both sides are read and compared; after all of them rclone compares them too. Exit code 1 when anything differs.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    kind: { type: "string", default: "both" },
    "no-rclone": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seeds = new Random(Number(values.seed));
console.log(`seed ${values.seed}, ${rounds} rounds`);

const world = await World.start();
const workers = new Workers(world);
let failed = 0;
try {
  if (values.kind !== "command") await workers.start();
  for (let number = 1; number <= rounds; number += 1) failed += await one(number);
  if (!values["no-rclone"]) failed += await rcloneFinds(world);
} finally {
  await world.rig.close();
}
console.log(`${rounds} rounds, ${failed} failed, seed ${values.seed}`);
process.exitCode = failed === 0 ? 0 : 1;

async function one(number: number): Promise<number> {
  const seed = seeds.integer(0, 2 ** 31);
  // A bucket without versions, then with them, then with them suspended.
  if (number === Math.ceil(rounds / 3) + 1) await world.version("Enabled");
  if (number === Math.ceil((2 * rounds) / 3) + 1) await world.version("Suspended");
  const round = { world, seed, prefix: `r${number}/`, environment: world.environment };
  const kind = values.kind === "both" ? (number % 2 === 0 ? "hints" : "command") : values.kind;
  const began = performance.now();
  const verdict = await (kind === "hints" ? hintRound(round, workers) : commandRound(round));
  const good = isGood(verdict);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${good ? "ok" : "NOT OK"} ${number} ${kind} ${seed} ${seconds} s: ${verdict.ended}`);
  if (!good) console.log(JSON.stringify(verdict, null, 2));
  return good ? 0 : 1;
}

function isGood({ torn, differences }: Verdict): boolean {
  return torn.length === 0 && differences.length === 0;
}
