import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { foundationStack } from "../../local/foundation.ts";
import { stackConfig } from "../../infra/config.ts";
import type { Pipeline } from "../../service/http/schemas.ts";
import { qualified } from "../../service/automation/project.ts";
import { environment, makeWorld } from "../torture/control/clouds.ts";
import { Services } from "../torture/control/services.ts";
import { send, timedByApi, type Times } from "./control/api-side.ts";
import { specNumber } from "./control/spec.ts";
import { timedByCli } from "./control/cli-side.ts";

/*
 * `npm run bench:control [-- --rounds 5]`: a preview and an up of the product's program through the API and by the bare command line, in
 * turns on one stack; then how long 50 POSTs at once wait for their 202 while previews run. The results are printed as Markdown.
 */
const { values } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const run = promisify(execFile);
const burster = fileURLToPath(new URL("control/burst.ts", import.meta.url));
const rounds = Number(values.rounds);
const home = await mkdtemp(join(tmpdir(), "causeway-bench-"));
const world = await makeWorld(home, { founded: true, say: console.error });
const services = await Services.start({
  world,
  count: 1,
  databaseUrl: undefined,
  program: undefined,
});
const [url = ""] = services.urls;
const all = "/v1/tenants/bench/pipelines";
const self = `${all}/one`;
const times: Record<string, Times[]> = {};
try {
  await timedByApi(url, "POST", all, { name: "one", spec: specNumber(0) });
  for (let round = 1; round <= rounds; round += 1) await compare(round);
  console.log(
    `\nMedians of ${rounds}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1) ?? "?"}\n`,
  );
  console.log("| | first event | total |\n| --- | --- | --- |");
  for (const [name, list] of Object.entries(times)) {
    console.log(`| ${name} | ${median(list, "first")} s | ${median(list, "total")} s |`);
  }
  console.log(`\n50 POSTs at once while previews run, ms until the 202: ${await burst()}`);
} finally {
  await services.stop();
  await world.stop();
  await rm(home, { recursive: true, force: true });
}
process.exit(0);

async function compare(round: number): Promise<void> {
  // A child that waits for work takes a moment to be ready; people do not send changes back to back either.
  const rest = (): Promise<void> => delay(6_000);
  await rest();
  note(
    "preview, API",
    await timedByApi(url, "POST", `${self}/previews`, { spec: specNumber(2 * round) }),
  );
  await rest();
  note(
    "preview, bare CLI",
    await timedByCli(world, "bench.one", "preview", await config(2 * round)),
  );
  await rest();
  note("up, API", await timedByApi(url, "PUT", self, { spec: specNumber(2 * round) }));
  await rest();
  note("up, bare CLI", await timedByCli(world, "bench.one", "up", await config(2 * round + 1)));
}

function note(name: string, taken: Times): void {
  (times[name] ??= []).push(taken);
  console.error(
    `${name}: ${(taken.first / 1000).toFixed(2)} s, ${(taken.total / 1000).toFixed(2)} s`,
  );
}

async function config(number: number) {
  const pipeline = (await (await fetch(url + self)).json()) as Pipeline;
  const filter = { include: [`data-${number}/**`], exclude: [] };
  return stackConfig({
    environment,
    foundationStack: qualified(foundationStack(environment)),
    pipeline: {
      tenant: "bench",
      name: "one",
      generation: pipeline.generation + 1,
      spec: { ...(pipeline.spec as object), filter } as never,
    },
    sasAnchor: pipeline.createdAt.slice(0, 10),
  });
}

/** Fifty at once, five times; what they queued is cancelled again. */
async function burst(): Promise<string> {
  const waits: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    for (let index = 0; index < 4; index += 1) {
      await send(url, "POST", `${self}/previews`, { spec: specNumber(100 + index) });
    }
    await delay(1_500);
    const { stdout } = await run(process.execPath, [burster, url, String(round)]);
    const posts = JSON.parse(stdout) as { waited: number; operation: string }[];
    const mine = posts.map(({ waited }) => waited);
    console.error(`burst ${round + 1}: ${summary(mine)}`);
    waits.push(...mine);
    for (const { operation } of posts) await fetch(`${url}${operation}/cancel`, { method: "POST" });
    await delay(15_000);
  }
  return summary(waits);
}

function summary(waits: number[]): string {
  waits.sort((a, b) => a - b);
  const at = (part: number): string => (waits[Math.ceil(part * waits.length) - 1] ?? 0).toFixed(0);
  return `median ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, slowest ${at(1)}`;
}

function median(list: readonly Times[], which: keyof Times): string {
  const sorted = list.map((one) => one[which]).toSorted((a, b) => a - b);
  return ((sorted[Math.floor(sorted.length / 2)] ?? 0) / 1000).toFixed(2);
}
