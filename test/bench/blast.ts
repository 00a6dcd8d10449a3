/**
 * How long a change of the program takes to be previewed over many small stacks, with the real engine: `npm run bench:blast [stacks]`.
 * The stacks are built first; that is not counted.
 */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { findEngine } from "../../local/engine/engine.ts";
import type { BlastRadius } from "../../service/blast/schema.ts";
import { instanceName } from "../../service/automation/process-tree.ts";
import { startService } from "../../service/service.ts";
import { readSettings } from "../../service/settings.ts";

const stacks = Number(process.argv[2] ?? 100);
const small = fileURLToPath(new URL("../integration/service/programs/tiny.ts", import.meta.url));
const home = await mkdtemp(join(tmpdir(), "causeway-blast-"));
await mkdir(join(home, "state"));
const env = {
  PATH: process.env.PATH,
  HOME: home,
  PORT: "0",
  LOG_LEVEL: "warn",
  CAUSEWAY_HOME: home,
  CAUSEWAY_ENGINE: (await findEngine()).root,
  CAUSEWAY_PROGRAM: small,
  CAUSEWAY_DRIFT_HOURS: "0",
  CAUSEWAY_OPERATIONS: String(availableParallelism()),
  PULUMI_HOME: join(home, "pulumi-home"),
  PULUMI_BACKEND_URL: `file://${join(home, "state")}`,
  PULUMI_CONFIG_PASSPHRASE: "a-passphrase-for-benchmarks",
  AWS_REGION: "eu-west-1",
};
const settings = readSettings(env, await instanceName());
const service = await startService({ settings, env, log: pino({ level: "warn" }) });

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(service.url + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { "content-type": "application/json" },
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** CPU seconds of this process and of every child that has ended. */
async function cpuSeconds(): Promise<number> {
  const stat = await readFile("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / ticks;
}

try {
  for (let made = 0; made < stacks; made += 1) {
    // Every tenth gets one part less from the new program, and every twentieth makes it fail.
    const prefix = made % 20 === 7 ? "poison/" : made % 10 === 3 ? "old/" : "a/";
    const spec = {
      kind: "copy",
      source: { type: "s3", prefix },
      targets: [{ type: "azure-blob" }],
    };
    const name = `p${made}`;
    await call("POST", `/v1/tenants/t${made % 25}/pipelines`, { name, spec });
  }
  for (;;) {
    const { items } = await call<{ items: unknown[] }>(
      "GET",
      "/v1/operations?state=queued&limit=1",
    );
    const { items: busy } = await call<{ items: unknown[] }>(
      "GET",
      "/v1/operations?state=running&limit=1",
    );
    if (items.length + busy.length === 0) break;
    await delay(500);
  }
  const folder = join(home, "programs", "changed", "infra");
  await mkdir(folder, { recursive: true });
  const text = await readFile(small, "utf8");
  await writeFile(
    join(folder, "program.ts"),
    text
      .replace('["zone", ...parts]', '["zone", ...parts.filter((part) => part !== "old")]')
      .replace('if (how === "fail")', 'if (how === "fail" || how === "poison")'),
  );

  const [began, cpu] = [performance.now(), await cpuSeconds()];
  let blast = await call<BlastRadius>("POST", "/v1/blast-radius", { program: "changed" });
  let most = 0;
  while (blast.state === "running") {
    await delay(250);
    most = Math.max(most, process.memoryUsage.rss());
    blast = await call<BlastRadius>("GET", blast.links.self);
  }
  const { pipelines, tenants, total } = blast;
  console.log({
    total,
    pipelines,
    tenants,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    cpuSecondsPerStack: Math.round((((await cpuSeconds()) - cpu) / total) * 100) / 100,
    serviceMegabytes: Math.round(most / 1e6),
  });
} finally {
  await service.stop();
  await rm(home, { recursive: true, force: true });
}
