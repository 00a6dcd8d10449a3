import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { Rig } from "./rig.ts";
import { until, type Worker } from "./worker-process.ts";

describe("a worker between S3 and Azure", function () {
  this.timeout(60_000);
  let rig: Rig;
  let worker: Worker;
  before(async () => {
    rig = await Rig.start();
    worker = await rig.worker();
  });
  after(() => rig.close());

  it("starts within 300 ms on a quiet machine, and says what it is for", async () => {
    const started = await worker.said((line) => line.msg === "worker started");
    assert.equal(started["tenant"], "acme");
    assert.ok((started["startMs"] as number) < 3000);
  });

  it("ignores and deletes the test event that S3 sends first", async () => {
    await worker.said((line) => line.msg === "message ignored");
    await rig.drained();
  });

  it("copies an object with its headers and metadata, and writes down how it was proven", async () => {
    await rig.put("in/hello world+ü.csv", "a,b\n1,2\n", {
      ContentType: "text/csv",
      ContentEncoding: "identity",
      CacheControl: "max-age=60",
      ContentDisposition: 'attachment; filename="x.csv"',
      Metadata: { "source-system": "erp", owner_id: "7" },
    });
    const blob = rig.container.getBlobClient("in/hello world+ü.csv");
    await until(async () => ((await blob.exists()) ? true : undefined), "the blob");
    assert.equal((await blob.downloadToBuffer()).toString(), "a,b\n1,2\n");
    const properties = await blob.getProperties();
    assert.equal(properties.contentType, "text/csv");
    assert.equal(properties.cacheControl, "max-age=60");
    assert.equal(properties.contentDisposition, 'attachment; filename="x.csv"');
    assert.equal(properties.metadata?.["source_x002d_system"], "erp");
    assert.equal(properties.metadata["owner_id"], "7");
    assert.equal(properties.metadata["causeway_pipeline"], "acme/exports");
    const entry = await rig.entry("in/hello world+ü.csv");
    assert.equal(entry.state, "copied");
    assert.equal(entry.checksum?.basis, "source");
    assert.equal(entry.hint?.eventName, "ObjectCreated:Put");
    await rig.drained();
  });

  it("brings every kind of key to its blob, empty objects and folder markers too", async () => {
    const names = {
      "empty.bin": "empty.bin",
      "folder/": "folder%2F",
      "a//b": "a/%2Fb",
      "back\\slash.": "back%5Cslash%2E",
      "100%25 sure.txt": "100%2525 sure.txt",
      "日本語/😀.parquet": "日本語/😀.parquet",
    };
    const bodies = Object.keys(names).map((key) => {
      const empty = key.startsWith("empty") || key.endsWith("/");
      return [key, empty ? Buffer.alloc(0) : Buffer.from(`body of ${key}`)] as const;
    });
    await Promise.all(bodies.map(([key, body]) => rig.put(key, body)));
    for (const [key, body] of bodies) {
      const name = names[key as keyof typeof names];
      const entry = await rig.entry(key);
      assert.deepEqual([entry.state, entry.name], ["copied", name]);
      assert.deepEqual(await rig.blob(name), body);
    }
  });

  it("is done within two seconds of the PUT", async () => {
    const latencies: number[] = [];
    for (let at = 0; at < 5; at += 1) {
      const from = performance.now();
      await rig.put(`latency/${at}`, "x");
      await until(() => rig.blob(`latency/${at}`), "the blob");
      latencies.push(Math.round(performance.now() - from));
    }
    console.log(`      PUT -> blob visible: ${latencies.join(", ")} ms`);
    assert.ok(Math.max(...latencies) < 2000);
  });

  it("ends with the last content whatever the order and number of hints", async () => {
    const keys = Array.from({ length: 20 }, (_, at) => `shuffle/${at}`);
    const last = new Map<string, string>();
    const puts = keys.flatMap((key) =>
      [1, 2, 3].map((round) => ({ key, body: `${key} ${round}` })),
    );
    for (const { key, body } of puts) {
      await rig.put(key, body);
      last.set(key, body);
    }
    const duplicates = [...keys, ...keys].sort(() => Math.random() - 0.5);
    await Promise.all(duplicates.map((key) => rig.hint({ key, size: 1 })));
    await rig.drained();
    for (const [key, body] of last) assert.equal((await rig.blob(key))?.toString(), body);
    const states = new Set(
      (await rig.ledger()).filter((e) => e.key.startsWith("shuffle/")).map((e) => e.state),
    );
    assert.ok([...states].every((state) => state === "copied" || state === "unchanged"));
  });

  it("skips a deletion where deletes are ignored, and says so", async () => {
    await rig.put("kept", "body");
    await rig.entry("kept");
    await rig.delete("kept");
    const entry = await rig.entry("kept", (one) => one.state !== "copied");
    assert.deepEqual([entry.state, entry.reason], ["skipped", "deletes are ignored"]);
    assert.equal((await rig.blob("kept"))?.toString(), "body");
  });

  it("sends what is no event to the dead-letter queue with the reason, as it came", async () => {
    await rig.hint("rubbish");
    const [dead] = await until(async () => {
      const letters = await rig.deadLetters();
      return letters.length > 0 ? letters : undefined;
    }, "a dead letter");
    assert.equal(dead?.Body, "rubbish");
    const attributes = dead.MessageAttributes ?? {};
    assert.equal(attributes["causeway.class"]?.StringValue, "NotAnEvent");
    assert.equal(attributes["causeway.reason"]?.StringValue, "it is not a JSON object");
    await rig.drained();
  });

  it("tells its health on loopback and by its own command, and ends with 0 when asked to stop", async () => {
    const port = await freePort();
    const second = await rig.worker({ CAUSEWAY_HEALTH_PORT: String(port) });
    const answer = await until(
      () => fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined),
      "an answer",
    );
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { status: string }).status, "ok");
    assert.equal(await second.health(), 0);
    assert.equal((await second.end()).code, 0);
    assert.equal(second.lines.at(-1)?.msg, "worker ended");
    assert.equal(await second.health(), 1);
  });

  it("never writes the SAS or a key", () => {
    const signature = new URLSearchParams(rig.sas).get("sig") ?? "";
    assert.ok(signature.length > 20);
    for (const secret of [rig.sas, signature, rig.aws.adminCredentials.secretAccessKey]) {
      assert.ok(!worker.output.includes(secret));
      assert.ok(!worker.output.includes(encodeURIComponent(secret)));
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
