import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as s3 from "@aws-sdk/client-s3";
import { retryClass } from "../../../runtime/decide/retry.ts";
import { CloudError } from "../../../runtime/errors.ts";
import type { SourceObject } from "../../../runtime/stores/contract.ts";
import { S3World } from "../../contract/s3-world.ts";
import { never, patterned } from "../../contract/support.ts";
import { until } from "../../support/until.ts";
import {
  CREDENTIALS,
  REGION,
  startTestServer,
  STRANGER,
  type TestServer,
} from "../local/aws/s3/listener.ts";

const Bucket = "contract";

describe("S3 as a source, beyond what all stores share", () => {
  let server: TestServer;
  let world: S3World;
  before(async () => {
    server = await startTestServer();
    world = new S3World({ endpoint: server.endpoint, region: REGION, ...CREDENTIALS }, Bucket);
    await world.create(false);
  });
  afterEach(() => {
    server.s3.faults.clear();
  });
  after(async () => {
    await world.close();
    await server.close();
  });

  const look = async (key: string, source = world.source()): Promise<SourceObject> => {
    const side = await source.look(key, never);
    assert.ok(side.state === "present");
    return side.object;
  };
  const code = async (promise: Promise<unknown>): Promise<string> => {
    try {
      await promise;
    } catch (error) {
      assert.ok(error instanceof CloudError, String(error));
      return `${error.code} ${retryClass(error.facts)}`;
    }
    return "none";
  };

  it("follows a bucket to the region where it lies", async () => {
    await world.put("region", Buffer.from("x"));
    const lost = world.source(Bucket, { region: "us-east-1" });
    const object = await look("region", lost);
    assert.equal(object.size, 1);
    assert.equal(lost.reference("region", object.pin)?.s3.region, REGION);
    assert.equal((await look("region", world.source(Bucket, { region: "us-east-1" }))).size, 1);
  });

  it("reads what a customer's key encrypts with that key, and what none does, and holds the rest", async () => {
    const key = Buffer.alloc(32, 7);
    await world.client.send(
      new s3.PutObjectCommand({
        Bucket,
        Key: "secret",
        Body: "for my eyes",
        SSECustomerAlgorithm: "AES256",
        SSECustomerKey: key.toString("base64"),
        SSECustomerKeyMD5: createHash("md5").update(key).digest("base64"),
      }),
    );
    await world.put("open", Buffer.from("for all"));
    const customerKey = key.toString("base64");
    const source = world.source(Bucket, { customerKey });
    for (const [name, text] of [
      ["secret", "for my eyes"],
      ["open", "for all"],
      ["secret", "for my eyes"],
    ] as const) {
      const object = await look(name, source);
      const into = Buffer.alloc(100);
      await source.fetch(name, object.pin.etag, into, never);
      assert.equal(into.toString("utf8", 0, object.size), text);
      await source.read(name, object.pin, { start: 4, end: object.size }, into, never);
      assert.equal(into.toString("utf8", 0, object.size - 4), text.slice(4));
      assert.equal(source.reference(name, object.pin), undefined, "no URL carries a key");
    }
    const without = world.source();
    assert.equal(await code(without.look("secret", never)), "CustomerKeyNeeded hold");
    const into = Buffer.alloc(100);
    assert.equal(
      await code(without.fetch("secret", undefined, into, never)),
      "CustomerKeyNeeded hold",
    );
  });

  it("pays where the requester pays, by URL too", async () => {
    await world.put("paid", Buffer.from("goods"));
    const RequestPaymentConfiguration = { Payer: "Requester" as const };
    const payment = { Bucket, RequestPaymentConfiguration };
    await world.client.send(new s3.PutBucketRequestPaymentCommand(payment));
    const place = { endpoint: server.endpoint, region: REGION, ...STRANGER };
    const stranger = new S3World(place, Bucket);
    try {
      await assert.rejects(stranger.source().look("paid", never), CloudError);
      const source = stranger.source(Bucket, { requesterPays: true });
      const { pin } = await look("paid", source);
      const into = Buffer.alloc(10);
      assert.equal((await source.fetch("paid", pin.etag, into, never)).state, "present");
      const url = await source.reference("paid", pin)?.url(never);
      assert.equal(await (await fetch(url!)).text(), "goods");
      for await (const page of source.list({ prefix: "paid" }, never)) assert.equal(page.length, 1);
    } finally {
      await stranger.close();
      const owner = { Bucket, RequestPaymentConfiguration: { Payer: "BucketOwner" as const } };
      await world.client.send(new s3.PutBucketRequestPaymentCommand(owner));
    }
  });

  it("holds an archived object, has it restored, sees that it is under way, and reads it", async () => {
    const source = world.source();
    await world.put("frozen", Buffer.from("ice"), { storageClass: "DEEP_ARCHIVE" });
    const frozen = await look("frozen");
    assert.deepEqual(
      [frozen.archived, frozen.restoring, frozen.storageClass],
      ["DEEP_ARCHIVE", undefined, "DEEP_ARCHIVE"],
    );
    const into = Buffer.alloc(10);
    assert.match(await code(source.fetch("frozen", undefined, into, never)), / hold$/);
    server.s3.restoring.delayMs = 150;
    await source.restore("frozen", frozen.pin, { days: 2, tier: "standard" }, never);
    await source.restore("frozen", frozen.pin, { days: 2, tier: "standard" }, never);
    const thawing = await look("frozen");
    assert.deepEqual([thawing.archived, thawing.restoring], ["DEEP_ARCHIVE", true]);
    const thawed = await until("the restore", async () => {
      const object = await look("frozen");
      return object.archived === undefined ? object : undefined;
    });
    assert.equal(thawed.restoring, undefined);
    assert.equal((await source.fetch("frozen", undefined, into, never)).state, "present");
    server.s3.restoring.delayMs = 0;
    const [entry] = (await source.list({ prefix: "frozen" }, never)[Symbol.asyncIterator]().next())
      .value as { storageClass?: string }[];
    assert.equal(entry?.storageClass, "DEEP_ARCHIVE");
  });

  it("lists the longest keys there are, whose pages are many times as long as others", async () => {
    const keys = Array.from({ length: 1_050 }, (_, n) => `${n}`.padStart(5, "0")).map(
      (number) => `long/${number}${"é".repeat(500)}`,
    );
    for (let at = 0; at < keys.length; at += 50) {
      const some = keys.slice(at, at + 50);
      await Promise.all(some.map((key) => world.put(key, Buffer.alloc(0))));
    }
    const found: string[] = [];
    for await (const page of world.source().list({ prefix: "long/" }, never)) {
      found.push(...page.map(({ key }) => key));
    }
    assert.deepEqual(found, keys);
  });

  it("takes the CRC-32 that other SDKs have left, and none of parts", async () => {
    const put = { Bucket, Key: "crc32", Body: "123456789" };
    await world.client.send(
      new s3.PutObjectCommand({ ...put, ChecksumAlgorithm: s3.ChecksumAlgorithm.CRC32 }),
    );
    const object = await look("crc32");
    assert.deepEqual([object.crc32, object.crc64], [0xcbf43926, undefined]);
  });

  it("says how many bytes came when an answer breaks off, and gives none of another object", async () => {
    const body = patterned(1_000_000, 1);
    await world.put("broken", body);
    const { pin } = await look("broken");
    const into = Buffer.alloc(body.length);
    const range = { start: 0, end: body.length };
    server.s3.faults.add({
      operation: "GetObject",
      effect: { kind: "truncate", afterBytes: 400_000 },
    });
    await assert.rejects(world.source().read("broken", pin, range, into, never), (error) => {
      assert.ok(error instanceof CloudError);
      assert.equal(retryClass(error.facts), "retry");
      assert.equal(error.facts.received, 400_000);
      assert.ok(into.subarray(0, 400_000).equals(body.subarray(0, 400_000)));
      return true;
    });
  });

  it("sees a delete marker as nothing, and still reads the version before it", async () => {
    const versioned = new S3World(
      { endpoint: server.endpoint, region: REGION, ...CREDENTIALS },
      "versions",
    );
    await versioned.create(true);
    try {
      await versioned.put("k", Buffer.from("old"));
      const source = versioned.source();
      const { pin } = await look("k", source);
      assert.notEqual(pin.version, undefined);
      await versioned.remove("k");
      const into = Buffer.alloc(3);
      assert.deepEqual(await source.look("k", never), { state: "absent" });
      assert.deepEqual(await source.fetch("k", undefined, into, never), { state: "absent" });
      await source.read("k", pin, { start: 0, end: 3 }, into, never);
      assert.equal(into.toString(), "old");
    } finally {
      await versioned.close();
    }
  });

  it("finds out a server that does not keep to ranges before it reads the whole", async () => {
    const careless = await startTestServer({
      unlearn: (req) => {
        delete req.headers.range;
        return undefined;
      },
    });
    const place = { endpoint: careless.endpoint, region: REGION, ...CREDENTIALS };
    const other = new S3World(place, Bucket);
    try {
      await other.create(false);
      const body = patterned(3_000_000, 2);
      await other.put("whole", body);
      const source = other.source();
      const { pin } = await look("whole", source);
      const into = Buffer.alloc(body.length);
      const at = (start: number, end: number) =>
        source.read("whole", pin, { start, end }, into, never);
      assert.equal(await code(at(1_000_000, 2_000_000)), "RangeIgnored fail");
      assert.equal(await code(at(0, 1_000_000)), "RangeIgnored fail");
      await at(0, body.length);
      assert.ok(into.equals(body));
    } finally {
      await other.close();
      await careless.close();
    }
  });
});
