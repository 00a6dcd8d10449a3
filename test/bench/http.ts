import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/*
 * What an HTTP exchange costs: `npm run bench:http`. Each object is a GET and a PUT of what came. The server has one core, the client another (where
 * `taskset` exists); runs of the clients are interleaved, medians are printed.
 */
const RUNS = Number(process.env["RUNS"] ?? 5);
const CLIENTS = ["wire", "undici.request", "undici.dispatch"];
const WORK = [
  { title: "20,000 x 10 KiB, 64 in flight", args: ["small", "20000", "64"], mebibytes: 0 },
  { title: "256 x 8 MiB, 8 in flight", args: ["big", "256", "8"], mebibytes: 8 },
];

interface Measured {
  readonly perSecond: number;
  readonly cpuSeconds: number;
  readonly rssMb: number;
}

const run = promisify(execFile);
// Node's own reading of TypeScript takes more memory than any of the clients: the first, unmeasured run fills the cache.
const cache = await mkdtemp(join(tmpdir(), "causeway-bench-"));
const env = { ...process.env, NODE_COMPILE_CACHE: cache };
const here = import.meta.dirname;
const pinning = await run("taskset", ["-V"]).then(
  () => true,
  () => false,
);

function pinned(core: number, ...script: string[]): [string, string[]] {
  const node = [process.execPath, ...script];
  const [command = "", ...args] = pinning ? ["taskset", "-c", String(core), ...node] : node;
  return [command, args];
}

async function startServer(): Promise<{ process: ChildProcess; origin: string }> {
  const [command, args] = pinned(0, `${here}/http/server.ts`);
  const server = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(server.stdout, "data")) as [Buffer];
  return { process: server, origin: `http://127.0.0.1:${String(port).trim()}` };
}

async function measure(client: string, origin: string, args: string[]): Promise<Measured> {
  const [command, all] = pinned(1, `${here}/http/client.ts`, client, origin, ...args);
  const { stdout } = await run(command, all, { env });
  return JSON.parse(stdout) as Measured;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

const server = await startServer();
try {
  for (const client of CLIENTS) await measure(client, server.origin, ["small", "100", "8"]);
  for (const { title, args, mebibytes } of WORK) {
    const results = new Map<string, Measured[]>(CLIENTS.map((client) => [client, []]));
    for (let turn = 0; turn < RUNS; turn += 1) {
      for (const client of CLIENTS)
        results.get(client)?.push(await measure(client, server.origin, args));
    }
    console.log(`${title}; medians of ${RUNS}${pinning ? "" : ", not pinned"}`);
    for (const [client, runs] of results) {
      const rate = median(runs.map((one) => one.perSecond));
      const cpu = median(runs.map((one) => one.cpuSeconds));
      const rss = median(runs.map((one) => one.rssMb));
      const volume = mebibytes === 0 ? "" : `, ${(rate * mebibytes).toFixed(0)} MiB/s each way`;
      console.log(
        `  ${client.padEnd(16)} ${rate.toFixed(0).padStart(6)} objects/s${volume}, ${cpu.toFixed(2)} CPU s, ${rss.toFixed(0)} MB`,
      );
    }
  }
} finally {
  server.process.kill();
  await rm(cache, { recursive: true });
}
