import { readFile, readdir } from "node:fs/promises";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { table } from "../../local/boot/report.ts";
import { copySpec, Product } from "../e2e/support/product.ts";
import { until } from "../support/until.ts";

/*
 * What it takes from nothing to the first object, and at rest: `npm run bench:spine`. One run in a new folder, with an
 * engine that is there already; latencies are over 30 objects, one after the other.
 */
const rows: [string, string][] = [];
const began = performance.now();
const product = await Product.start();
try {
  rows.push(["start until the service is ready (foundation and database new)", since(began)]);
  rows.push(["  of it: up of the foundation", between(/foundation: (.*) in ([\d.]+) s/)]);

  const posted = performance.now();
  const outputs = await product.pipeline("acme", "exports", copySpec);
  rows.push(["POST of a pipeline until it is built", since(posted)]);

  const container = await product.container(outputs);
  const s3 = new S3Client(product.operator);
  const arrives = async (Key: string) => {
    const put = performance.now();
    await s3.send(new PutObjectCommand({ Bucket: outputs.sourceBucket, Key, Body: "x" }));
    const look = async () => ((await container.getBlobClient(Key).exists()) ? true : undefined);
    await until(Key, look, { everyMs: 2 });
    return performance.now() - put;
  };
  await arrives("first");
  rows.push(["cold start until the first object has arrived", since(began)]);

  const latencies: number[] = [];
  for (let index = 0; index < 30; index += 1) latencies.push(await arrives(`object-${index}`));
  latencies.sort((a, b) => a - b);
  rows.push(["PUT until the blob is there, median", `${latencies[15]?.toFixed(0)} ms`]);
  rows.push(["PUT until the blob is there, slowest of 30", `${latencies[29]?.toFixed(0)} ms`]);

  rows.push(["preview of no change, through the API", await previewSeconds()]);
  const again = performance.now();
  const { changes } = await product.causeway.foundation("up", AbortSignal.timeout(60_000));
  rows.push([`up of the foundation with no change (${JSON.stringify(changes)})`, since(again)]);

  await sleep(15_000);
  for (const [name, megabytes] of await memory()) rows.push([`memory at rest: ${name}`, megabytes]);
} finally {
  await product.remove();
}
console.log(`${cpus().length} cores, ${cpus()[0]?.model ?? ""}, Node ${process.version}`);
console.log(table(["what", "figure"], rows, new Set(["figure"])));

function since(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}

function between(pattern: RegExp): string {
  const [, counts, seconds] = pattern.exec(product.said) ?? [];
  return `${seconds ?? "?"} s (${counts ?? "?"})`;
}

async function previewSeconds(): Promise<string> {
  const asked = performance.now();
  const { serviceUrl, apiToken } = product.causeway;
  const answer = await fetch(`${serviceUrl}/v1/tenants/acme/pipelines/exports/previews`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${apiToken}` },
    body: "{}",
  });
  const operation = (await answer.json()) as Parameters<Product["api"]["settled"]>[0];
  const settled = await product.api.settled(operation, () => undefined);
  return `${since(asked)} (${settled.response?.summary ?? "?"})`;
}

/** Resident memory of our processes. The clouds live in this process, whose SDK clients count with them. */
async function memory(): Promise<[string, string][]> {
  const kinds: [string, RegExp][] = [
    ["embedded clouds (and this benchmark)", /bench\/spine\.ts/],
    ["service", /service\/main\.ts/],
    ["one worker", /worker\.mjs/],
  ];
  const found: [string, string][] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const kind = kinds.find(([, pattern]) => pattern.test(line));
    // Not the shells and npm that were started with the same words.
    if (kind === undefined || !/^\S*node\0/.test(line)) continue;
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kibibytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    found.push([kind[0], `${(kibibytes / 1024).toFixed(0)} MiB`]);
  }
  return found;
}
