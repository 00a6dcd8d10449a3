import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { CreateBucketCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { Rig } from "../runtime/rig.ts";
import { until } from "../runtime/worker-process.ts";
import { Command, type Ended } from "./command.ts";

const MiB = 1024 * 1024;

type LastEvent = Readonly<Record<string, unknown>> & {
  readonly totals: Readonly<Record<string, number>>;
};

describe("causeway copy", function () {
  this.timeout(120_000);
  let rig: Rig;
  let command: Command;

  before(async () => {
    rig = await Rig.start();
    const { accessKeyId, secretAccessKey } = rig.aws.adminCredentials;
    const container = new URL(rig.container.url);
    const account = container.pathname.split("/")[1] ?? "";
    command = new Command({
      AWS_REGION: rig.aws.region,
      AWS_ENDPOINT_URL: rig.aws.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AZURE_STORAGE_CONNECTION_STRING: `BlobEndpoint=${container.origin}/${account};SharedAccessSignature=${rig.sas}`,
    });
  });
  afterEach(() => {
    rig.azure.faults.clear();
  });
  after(async () => {
    await command.close();
    await rig.close();
  });

  const end = ({ events, err }: Ended): LastEvent => {
    const last = events.at(-1);
    assert.equal(last?.event, "end", err);
    return last as unknown as LastEvent;
  };

  it("copies a folder below the target's path, then finds all of it unchanged", async () => {
    const bodies = new Map([
      ["tree/a.txt", randomBytes(100)],
      ["tree/deep/er/b c+d%.bin", randomBytes(20_000)],
      ["tree/empty", Buffer.alloc(0)],
      ["tree/big.bin", randomBytes(20 * MiB)],
      ["treeless", randomBytes(10)],
    ]);
    for (const [key, body] of bodies) await rig.put(key, body);
    const first = await command.run(["copy", "s3://source/tree/", "azure://landing/in"]);
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(end(first).totals["copied"], 4);
    for (const [key, body] of bodies) {
      const blob = await rig.blob(`in/${key.replace("tree/", "")}`);
      if (key === "treeless") assert.equal(blob, undefined);
      else assert.ok(blob?.equals(body), `${key} differs`);
    }
    const again = await command.run(["copy", "s3://source/tree", "azure://landing/in/"]);
    assert.equal(again.code, 0, again.err);
    assert.deepEqual([end(again).totals["copied"], end(again).totals["unchanged"]], [0, 4]);
    assert.match(again.err, /4 found .* = 0 copied \+ 4 unchanged/);
    const same = await command.run(["compare", "s3://source/tree/", "azure://landing/in/"]);
    assert.equal(same.code, 0, same.err);
  });

  it("copies one object under another name, or under its own into a folder", async () => {
    const body = randomBytes(3000);
    await rig.put("one/file.bin", body);
    const [named, folder] = [
      await command.run(["copy", "s3://source/one/file.bin", "azure://landing/other.bin"]),
      await command.run(["copy", "s3://source/one/file.bin", "azure://landing/there/"]),
    ];
    assert.deepEqual([named.code, folder.code], [0, 0], named.err + folder.err);
    assert.ok((await rig.blob("other.bin"))?.equals(body));
    assert.ok((await rig.blob("there/file.bin"))?.equals(body));
  });

  it("takes a full URL with a SAS, and the account's SAS without a connection string", async () => {
    await rig.put("url/x", "x");
    const bare = { AZURE_STORAGE_CONNECTION_STRING: undefined };
    const url = `${rig.container.url.split("?", 1)[0]}/by-url/?${rig.sas}`;
    const ended = await command.run(["copy", "s3://source/url/", url], bare);
    assert.equal(ended.code, 0, ended.err);
    assert.equal((await rig.blob("by-url/x"))?.toString(), "x");
    const signature = new URLSearchParams(rig.sas).get("sig") ?? "";
    for (const text of [ended.out, ended.err]) {
      assert.ok(!text.includes(signature) && !text.includes(encodeURIComponent(signature)));
    }
  });

  it("lets the target read by URL where it is told to", async () => {
    await rig.put("by/url", randomBytes(30_000));
    const ended = await command.run([
      "copy",
      "s3://source/by/",
      "azure://landing/by/",
      "--by",
      "url",
    ]);
    assert.equal(ended.code, 0, ended.err);
    assert.deepEqual(end(ended)["how"], { url: 1, stream: 0 });
  });

  it("copies between buckets", async () => {
    await rig.s3.send(new CreateBucketCommand({ Bucket: "archive" }));
    const body = randomBytes(5000);
    await rig.put("s3s3/k", body);
    const ended = await command.run(["copy", "s3://source/s3s3/", "s3://archive/kept/"]);
    assert.equal(ended.code, 0, ended.err);
    const found = await rig.s3.send(new GetObjectCommand({ Bucket: "archive", Key: "kept/k" }));
    assert.ok(Buffer.from((await found.Body?.transformToByteArray()) ?? []).equals(body));
  });

  it("shows what it would do and changes nothing", async () => {
    await rig.put("dry/a", "a");
    const ended = await command.run([
      "copy",
      "s3://source/dry/",
      "azure://landing/dry/",
      "--dry-run",
    ]);
    assert.equal(ended.code, 0, ended.err);
    const would = ended.events.filter(({ event }) => event === "object");
    assert.deepEqual(
      would.map((one) => [one["would"], one["key"]]),
      [["copy", "dry/a"]],
    );
    assert.match(ended.err, /would copy 1 object .* Nothing was changed/);
    assert.equal(await rig.blob("dry/a"), undefined);
  });

  it("leaves out what the filters leave out, and says so", async () => {
    await rig.put("filter/a.csv", "12345");
    await rig.put("filter/b.csv", "1");
    await rig.put("filter/c.tmp", "12345");
    const args = ["--include", "*.csv", "--min-size", "2B"];
    const ended = await command.run([
      "copy",
      "s3://source/filter/",
      "azure://landing/filter/",
      ...args,
    ]);
    assert.equal(ended.code, 0, ended.err);
    assert.deepEqual([end(ended).totals["copied"], end(ended).totals["skipped"]], [1, 2]);
    const old = await command.run([
      "copy",
      "s3://source/filter/",
      "azure://landing/filter2/",
      "--older-than",
      "1h",
    ]);
    assert.deepEqual([end(old).totals["copied"], end(old).totals["skipped"]], [0, 3]);
  });

  it("mirrors deletions under a cap: past it nothing is deleted and the exit code is 3", async () => {
    for (const key of ["a", "b", "c", "d"]) await rig.put(`mirror/${key}`, key);
    await command.run(["copy", "s3://source/mirror/", "azure://landing/mirror/"]);
    for (const key of ["a", "b"]) await rig.delete(`mirror/${key}`);
    const mirror = ["copy", "s3://source/mirror/", "azure://landing/mirror/", "--mirror"];
    const capped = await command.run([...mirror, "--max-delete", "1"]);
    assert.equal(capped.code, 3, capped.err);
    assert.match(capped.err, /none was made: 2 deletions are more than the cap of 1/);
    assert.equal((await rig.blob("mirror/a"))?.toString(), "a");
    const held = await command.run(["ledger", "list", "mirror/", "--state", "held"]);
    assert.match(held.out, /mirror\/a/);
    assert.match(held.out, /mirror\/b/);
    const totals = await command.run(["ledger", "totals"]);
    assert.match(totals.out, /held\s+2/);
    const done = await command.run([...mirror, "--max-delete", "50%"]);
    assert.equal(done.code, 0, done.err);
    assert.equal(end(done).totals["deleted"], 2);
    assert.equal(await rig.blob("mirror/a"), undefined);
    assert.equal((await rig.blob("mirror/c"))?.toString(), "c");
  });

  it("fails single objects with their cause and exit code 1, the rest arrives; again mends it", async () => {
    for (const key of ["good", "bad"]) await rig.put(`fail/${key}`, key);
    rig.azure.faults.inject({
      operation: "Put Blob",
      blob: "fail/bad",
      trouble: { kind: "error", status: 403, code: "AuthorizationPermissionMismatch" },
      times: 100,
    });
    const failed = await command.run(["copy", "s3://source/fail/", "azure://landing/fail/"]);
    assert.equal(failed.code, 1, failed.err);
    assert.match(failed.err, /failed +1 with AuthorizationPermissionMismatch at blob:PutBlob/);
    assert.match(
      failed.err,
      /again +causeway copy s3:\/\/source\/fail\/ azure:\/\/landing\/fail\//,
    );
    assert.equal((await rig.blob("fail/good"))?.toString(), "good");
    const why = await command.run(["ledger", "why", "fail/bad"]);
    assert.match(why.out, /failed .*fail\/bad/);
    rig.azure.faults.clear();
    const again = await command.run(["copy", "s3://source/fail/", "azure://landing/fail/"]);
    assert.equal(again.code, 0, again.err);
    assert.deepEqual([end(again).totals["copied"], end(again).totals["unchanged"]], [1, 1]);
  });

  it("answers from the ledger whether all has arrived, and totals that close", async () => {
    await rig.put("led/a", "a");
    await command.run(["copy", "s3://source/led/", "azure://landing/led/", "--run-id", "led"]);
    const arrived = await command.run(["ledger", "arrived", "led/", "--as-of", "1h"]);
    assert.equal(arrived.code, 0, arrived.err);
    assert.match(arrived.out, /^yes: run led listed the source/);
    const totals = await command.run(["ledger", "totals", "--run", "led", "--json"]);
    const known = JSON.parse(totals.out) as { closing: { found: number; state: string } };
    assert.deepEqual([known.closing.found, known.closing.state], [1, "complete"]);
    const runs = await command.run(["ledger", "runs"]);
    assert.match(runs.out, /^led .* complete, 1 found/m);
  });

  it("keeps its ledger in a bucket where it is told to", async () => {
    await rig.put("lb/a", "a");
    const ledger = ["--ledger", "s3://ledger/by-hand"];
    const copied = await command.run(["copy", "s3://source/lb/", "azure://landing/lb/", ...ledger]);
    assert.equal(copied.code, 0, copied.err);
    const list = await command.run(["ledger", "list", ...ledger]);
    assert.match(list.out, /^copied +lb\/a/m);
  });

  it("says what is missing, with the exit code of its kind, before anything is copied", async () => {
    const cases = [
      [2, ["copy", "s3://source/x"], {}, /missing required argument 'target'/],
      [2, ["copy", "source/x", "azure://landing"], {}, /is no address/],
      [
        2,
        ["copy", "s3://source/x/", "azure://landing", "--by", "magic"],
        {},
        /Expected one of auto, url, stream/,
      ],
      [
        5,
        ["copy", "s3://source/x/", "azure://landing"],
        { AZURE_STORAGE_CONNECTION_STRING: undefined },
        /AZURE_STORAGE_ACCOUNT/,
      ],
      [
        5,
        ["copy", "s3://source/x/", "azure://landing"],
        { AWS_SECRET_ACCESS_KEY: "wrong-secret-key" },
        /SignatureDoesNotMatch/,
      ],
      [5, ["copy", "s3://no-such-bucket/x/", "azure://landing"], {}, /NoSuchBucket/],
      [
        5,
        ["copy", "s3://source/x/", "azure://no-such-container"],
        {},
        /ContainerNotFound|AuthorizationFailure|AuthenticationFailed/,
      ],
    ] as const;
    for (const [code, args, env, message] of cases) {
      const ended = await command.run(args, env);
      assert.equal(ended.code, code, `${args.join(" ")}: ${ended.err}`);
      assert.match(ended.err, message);
    }
  });

  it("finishes what is in flight at the first SIGINT, says how to go on, and goes on", async () => {
    for (let index = 0; index < 60; index += 1) await rig.put(`int/${index}`, randomBytes(2000));
    rig.azure.faults.inject({
      operation: "Put Blob",
      trouble: { kind: "slow", delayMs: 700 },
      times: 1000,
    });
    const args = ["copy", "s3://source/int/", "azure://landing/int/", "--objects", "8"];
    const running = command.start([...args, "--log-level", "debug"]);
    await until(
      () => Promise.resolve(running.out.includes('"state":"copied"') ? true : undefined),
      "a first copy",
    );
    running.process.kill("SIGINT");
    const stopped = await running.ended;
    assert.equal(stopped.code, 130, stopped.err);
    assert.match(stopped.err, /Stopped\. .* goes on from it/);
    const copied = end(stopped).totals["copied"] ?? 0;
    assert.ok(copied > 0 && copied < 60, `Got ${copied}`);
    rig.azure.faults.clear();
    const again = await command.run(args);
    assert.equal(again.code, 0, again.err);
    assert.deepEqual(
      [end(again).totals["unchanged"], end(again).totals["copied"]],
      [copied, 60 - copied],
    );
  });

  it("ends at once at the second SIGINT", async () => {
    await rig.put("twice/x", randomBytes(2000));
    rig.azure.faults.inject({
      operation: "Put Blob",
      trouble: { kind: "slow", delayMs: 20_000 },
      times: 1,
    });
    const running = command.start(["copy", "s3://source/twice/", "azure://landing/twice/"]);
    await until(
      () => Promise.resolve(running.out.includes('"start"') ? true : undefined),
      "the start",
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    running.process.kill("SIGINT");
    await until(
      () => Promise.resolve(running.out.includes('"note"') ? true : undefined),
      "the first signal heard",
    );
    const began = Date.now();
    running.process.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
    assert.ok(Date.now() - began < 2_000);
  });

  it("copies again and again while it watches, until interrupted", async () => {
    await rig.put("watch/1", "1");
    const running = command.start([
      "copy",
      "s3://source/watch/",
      "azure://landing/watch/",
      "--watch",
      "1s",
    ]);
    await until(async () => await rig.blob("watch/1"), "the first pass");
    await rig.put("watch/2", "2");
    await until(async () => await rig.blob("watch/2"), "a later pass");
    running.process.kill("SIGINT");
    assert.equal((await running.ended).code, 130);
  });

  it("copies by the events in a queue, leaves what is no event in it, and ends with closed books", async () => {
    const queue = rig.job.queue.url;
    const running = command.start([
      "copy",
      "s3://source/queued/",
      "azure://landing/queued/",
      "--watch-queue",
      queue,
    ]);
    await rig.put("queued/a", "a");
    await until(async () => await rig.blob("queued/a"), "what an event told of");
    await rig.hint("not an event");
    await until(
      () => Promise.resolve(running.out.includes("stays in the queue") ? true : undefined),
      "the problem",
    );
    running.process.kill("SIGINT");
    const ended = await running.ended;
    assert.equal(ended.code, 130, ended.err);
    assert.match(ended.err, /1 copied/);
    assert.ok((await rig.depth()).visible + (await rig.depth()).inFlight >= 1);
  });
});
