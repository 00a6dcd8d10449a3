import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { Rig } from "./rig.ts";
import { until, type Worker } from "./worker-process.ts";

const MiB = 1024 * 1024;

describe("a worker with a bucket as a second target", function () {
  this.timeout(60_000);
  let rig: Rig;
  let worker: Worker;
  before(async () => {
    rig = await Rig.start({ deletes: { mode: "mirror" } });
    await rig.s3.send(new CreateBucketCommand({ Bucket: "copies" }));
    const bucket = { bucket: "copies", region: rig.aws.region };
    const second = { name: "s3", type: "s3", prefix: "in/", ...bucket } as const;
    worker = await rig.worker({}, { targets: [...rig.job.targets, second] });
  });
  after(() => rig.close());

  const onS3 = (key: string) =>
    rig.entry(key, ({ target, state }) => target === "s3" && state !== "deleted");

  it("copies small objects through itself and large ones between the buckets, marks and headers with them", async () => {
    const large = randomBytes(9 * MiB);
    await rig.put("small.txt", "small", {
      ContentType: "text/plain",
      Expires: new Date("2033-12-01T00:00:00Z"),
      Metadata: { owner: "erp", note: "für alle" },
    });
    await rig.put("large.bin", large);
    assert.deepEqual(
      [(await onS3("small.txt")).how, (await onS3("large.bin")).how],
      ["stream", "url"],
    );
    const head = await rig.s3.send(
      new HeadObjectCommand({ Bucket: "copies", Key: "in/small.txt" }),
    );
    assert.equal(head.ContentType, "text/plain");
    assert.equal(head.ExpiresString, "Thu, 01 Dec 2033 00:00:00 GMT");
    assert.equal(head.Metadata?.["owner"], "erp");
    assert.equal(head.Metadata["causeway-pipeline"], "acme/exports");
    const copy = await rig.s3.send(new GetObjectCommand({ Bucket: "copies", Key: "in/large.bin" }));
    assert.ok(Buffer.from((await copy.Body?.transformToByteArray()) ?? []).equals(large));
    assert.ok((await rig.blob("large.bin"))?.equals(large));
  });

  it("finds both targets unchanged when the hint comes again, and deletes from both", async () => {
    await rig.hint({ key: "small.txt", size: 5 });
    for (const target of ["az", "s3"]) {
      await rig.entry("small.txt", (one) => one.target === target && one.state === "unchanged");
    }
    await rig.delete("small.txt");
    for (const target of ["az", "s3"]) {
      await rig.entry("small.txt", (one) => one.target === target && one.state === "deleted");
    }
    await worker.end();
  });
});

describe("a worker that may restore what is archived", function () {
  this.timeout(60_000);
  let rig: Rig;
  before(async () => {
    rig = await Rig.start();
  });
  after(() => rig.close());

  it("holds it, asks for it once, and copies it when S3 says that it is there", async () => {
    rig.aws.s3.restoring.delayMs = 1500;
    await rig.worker({}, { archived: { do: "restore", days: 2 }, tiers: "default" });
    const frozen = { Bucket: "source", Key: "frozen", Body: "ice" };
    await rig.s3.send(new PutObjectCommand({ ...frozen, StorageClass: "GLACIER" }));
    const held = await rig.entry("frozen");
    assert.deepEqual([held.state, held.class], ["held", "Restoring"]);
    const copied = await rig.entry("frozen", ({ state }) => state === "copied");
    assert.equal(copied.hint?.eventName, "ObjectRestore:Completed");
    assert.equal((await until(() => rig.blob("frozen"), "the blob")).toString(), "ice");
  });
});
