import assert from "node:assert/strict";
import * as s3 from "@aws-sdk/client-s3";
import { retryClass } from "../../../runtime/decide/retry.ts";
import { CloudError } from "../../../runtime/errors.ts";
import type { Expecting, StagedBlock } from "../../../runtime/stores/contract.ts";
import { S3World } from "../../contract/s3-world.ts";
import { block, never, propertiesFor, reDecides } from "../../contract/support.ts";
import { Piece } from "../../contract/target-staged.ts";
import { CREDENTIALS, REGION, startTestServer, type TestServer } from "../local/aws/s3/listener.ts";

const ABSENT: Expecting = { state: "absent" };
const Bucket = "contract";

describe("S3 as a target, beyond what all stores share", () => {
  let server: TestServer;
  let world: S3World;
  const piece = new Piece(3);
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

  const stageAll = async (name: string, target = world.target()) => {
    const staging = piece.staging(target, name, "pin");
    const { upload } = await target.staged(staging, never);
    const blocks: StagedBlock[] = [];
    for (const [index, bytes] of piece.blocks.entries()) {
      blocks.push(await upload.stage(index, block(bytes), never));
    }
    const commit = () => upload.commit(blocks, staging.properties, ABSENT, piece.crc, never);
    return { upload, blocks, commit };
  };

  it("keeps the CRC-64 of the whole, combined from the parts'", async () => {
    const { commit } = await stageAll("whole");
    await commit();
    const side = await world.target().look("whole", never);
    assert.ok(side.state === "present");
    assert.equal(side.crc64, piece.crc);
    assert.equal(side.md5, undefined, "the ETag of parts is no MD5");
  });

  it("repeats what answered 200 and then failed", async () => {
    const { commit } = await stageAll("late");
    server.s3.faults.add({
      operation: "CompleteMultipartUpload",
      effect: { kind: "late-error", code: "InternalError" },
    });
    await commit();
    assert.equal(server.s3.faults.struck, 1);
    assert.ok((await world.read("late"))?.body.equals(piece.body));

    await world.put("from", Buffer.from("by url"));
    const source = world.source();
    const side = await source.look("from", never);
    assert.ok(side.state === "present");
    server.s3.faults.add({
      operation: "CopyObject",
      effect: { kind: "late-error", code: "SlowDown" },
    });
    const target = world.target();
    const from = source.reference("from", side.object.pin)!;
    const properties = propertiesFor(target, "by url");
    await target.putFrom("late-copy", from, 6, {}, properties, ABSENT, never);
    assert.equal((await world.read("late-copy"))?.body.toString(), "by url");
  });

  for (const operation of ["PutObject", "CompleteMultipartUpload"]) {
    it(`decides again when ${operation} meets another writer`, async () => {
      const target = world.target();
      const name = `conflict-${operation}`;
      const { commit, upload } = await stageAll(name);
      await target.put("warm", block("x"), propertiesFor(target, "x"), ABSENT, never).catch(() => {
        /* It has been there since the first of the two. */
      });
      server.s3.faults.add({
        operation,
        key: name,
        effect: { kind: "error", code: "ConditionalRequestConflict", status: 409 },
      });
      await reDecides(
        operation === "PutObject"
          ? target.put(name, block("x"), propertiesFor(target, "x"), ABSENT, never)
          : commit(),
      );
      assert.deepEqual(await target.look(name, never), { state: "absent" });
      await upload.discard(never);
    });
  }

  it("decides again when its upload was ended by another", async () => {
    const target = world.target();
    const { upload } = await stageAll("ended");
    const other = await world.target().staged(piece.staging(target, "ended", "pin"), never);
    assert.equal(other.blocks.length, 3);
    await other.upload.discard(never);
    await reDecides(upload.stage(0, block(piece.blocks[0]!), never));
  });

  it("is encrypted, tagged and classed as told", async () => {
    const kmsKeyId = "arn:aws:kms:eu-west-1:123456789012:key/1";
    const target = world.target(Bucket, { kmsKeyId });
    const properties = {
      ...propertiesFor(target, "x"),
      tags: { "a b": "c/d" },
      tier: "STANDARD_IA",
    };
    const staging = { ...piece.staging(target, "told-parts", "pin"), properties };
    const { upload } = await target.staged(staging, never);
    const blocks: StagedBlock[] = [];
    for (const [index, bytes] of piece.blocks.entries()) {
      blocks.push(await upload.stage(index, block(bytes), never));
    }
    assert.equal((await target.staged(staging, never)).blocks.length, 3, "no ETag is an MD5 here");
    await upload.commit(blocks, properties, ABSENT, piece.crc, never);
    await target.put("told", block("x"), properties, ABSENT, never);
    await world.put("plain", Buffer.from("x"));
    const source = world.source();
    const side = await source.look("plain", never);
    assert.ok(side.state === "present");
    const from = source.reference("plain", side.object.pin)!;
    await target.putFrom("told-copy", from, 1, {}, properties, ABSENT, never);
    for (const Key of ["told", "told-parts", "told-copy"]) {
      const head = await world.client.send(new s3.HeadObjectCommand({ Bucket, Key }));
      assert.equal(head.SSEKMSKeyId, kmsKeyId);
      assert.equal(head.StorageClass, "STANDARD_IA");
      const { TagSet } = await world.client.send(new s3.GetObjectTaggingCommand({ Bucket, Key }));
      assert.deepEqual(TagSet, [{ Key: "a b", Value: "c/d" }]);
      const found = await target.look(Key, never);
      assert.ok(found.state === "present");
      assert.equal(found.md5, undefined);
    }
  });

  it("says why a source cannot be copied by URL, before and after trying", async () => {
    const elsewhere = world.source(Bucket, { endpoint: "http://127.0.0.1:9" });
    const pin = { etag: "e", text: "e" };
    const target = world.target();
    assert.match(target.whyNotByUrl(elsewhere.reference("k", pin)!) ?? "", /127\.0\.0\.1:9/);
    const gone = world.source("no-such-bucket").reference("k", pin)!;
    assert.equal(target.whyNotByUrl(gone), undefined);
    await assert.rejects(
      target.putFrom("k", gone, 1, {}, propertiesFor(target, "x"), ABSENT, never),
      (error) => {
        assert.ok(error instanceof CloudError);
        assert.equal(error.code, "CannotReadSource");
        assert.equal(retryClass(error.facts), "by-stream");
        return true;
      },
    );
  });

  it("leaves nothing of what it tried out", async () => {
    const { Contents = [] } = await world.client.send(new s3.ListObjectsV2Command({ Bucket }));
    assert.deepEqual(
      Contents.filter(({ Key }) => Key?.includes("probe") === true),
      [],
    );
    const { Uploads = [] } = await world.client.send(
      new s3.ListMultipartUploadsCommand({ Bucket }),
    );
    assert.deepEqual(Uploads, []);
  });
});
