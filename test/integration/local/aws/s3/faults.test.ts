import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import * as s3 from "@aws-sdk/client-s3";

import type { Fault } from "../../../../../local/aws/s3/service.ts";
import { startTestServer } from "./listener.ts";
import type { TestServer } from "./listener.ts";

const Bucket = "faulty";
const KEY = "k";

describe("Injected faults of S3", () => {
  let server: TestServer;
  let client: s3.S3Client;
  const body = randomBytes(2_000_000);

  before(async () => {
    server = await startTestServer();
    client = server.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
  });
  beforeEach(() => client.send(new s3.PutObjectCommand({ Bucket, Key: KEY, Body: body })));
  afterEach(() => {
    server.s3.faults.clear();
  });
  after(() => server.close());

  const read = async (more: Partial<s3.GetObjectCommandInput> = {}) => {
    const found = await client.send(new s3.GetObjectCommand({ Bucket, Key: KEY, ...more }));
    return Buffer.from(await found.Body!.transformToByteArray());
  };
  const arm = (effect: Fault["effect"], more: Partial<Fault> = {}) =>
    server.s3.faults.add({ operation: "GetObject", bucket: Bucket, key: KEY, effect, ...more });

  it("answer 503 SlowDown as often as told, after as many as told", async () => {
    arm({ kind: "error" }, { times: 2, skip: 1 });
    const results: string[] = [];
    for (let n = 0; n < 4; n += 1)
      results.push(
        await read().then(
          () => "ok",
          (error: unknown) => (error as Error).name,
        ),
      );
    assert.deepEqual(results, ["ok", "SlowDown", "SlowDown", "ok"]);
    assert.equal(server.s3.faults.struck, 2);
  });

  it("answer 200 and then an error, and leave the object as it is", async () => {
    const CopySource = `${Bucket}/${KEY}`;
    const copy = () => client.send(new s3.CopyObjectCommand({ Bucket, Key: "copied", CopySource }));
    arm({ kind: "late-error", code: "InternalError" }, { operation: "CopyObject", key: "copied" });
    await assert.rejects(copy(), { name: "InternalError" });
    await assert.rejects(read({ Key: "copied" }), { name: "NoSuchKey" });
    await copy();
  });

  for (const kind of ["reset", "truncate"] as const) {
    it(`${kind} the answer in the middle of its body, and leave the object as it is`, async () => {
      arm({ kind, afterBytes: 700_000 });
      const answer = await fetch(`${server.endpoint}/${Bucket}/${KEY}`);
      assert.equal(answer.headers.get("content-length"), "2000000");
      let size = 0;
      await assert.rejects(async () => {
        for await (const chunk of answer.body!) size += (chunk as Uint8Array).length;
      });
      assert.ok(size <= 700_000);
      if (kind === "truncate") assert.equal(size, 700_000);
      assert.ok((await read()).equals(body));
    });
  }

  it("reset before any answer", async () => {
    arm({ kind: "reset", afterBytes: 0 });
    await assert.rejects(fetch(`${server.endpoint}/${Bucket}/${KEY}`));
  });

  it("overwrite the object while it is read: the read ends as it began, a pinned one is refused", async () => {
    const { ETag } = await client.send(new s3.HeadObjectCommand({ Bucket, Key: KEY }));
    arm({ kind: "overwrite", afterBytes: 500_000, body: Buffer.from("new") });
    assert.ok((await read()).equals(body));
    assert.equal((await read()).toString(), "new");
    await assert.rejects(read({ IfMatch: ETag!, Range: "bytes=0-1" }), {
      name: "PreconditionFailed",
    });
  });

  it("delay an answer", async () => {
    arm({ kind: "slow", delayMs: 120 });
    const started = performance.now();
    await read();
    assert.ok(performance.now() - started >= 119);
  });

  it("lose the answer of a PUT that was done", async () => {
    server.s3.faults.add({ operation: "PutObject", key: /^lost/, effect: { kind: "lose-answer" } });
    await assert.rejects(
      client.send(new s3.PutObjectCommand({ Bucket, Key: "lost/1", Body: "x" })),
    );
    const found = await client.send(new s3.HeadObjectCommand({ Bucket, Key: "lost/1" }));
    assert.equal(found.ContentLength, 1);
  });
});
