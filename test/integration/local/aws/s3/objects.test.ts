import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import * as s3 from "@aws-sdk/client-s3";

import { until } from "../../../../support/until.ts";
import { startTestServer, STRANGER } from "./listener.ts";
import type { TestServer } from "./listener.ts";

const Bucket = "objects";

/** The HTTP status and S3 code that a command fails with. */
async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { $metadata, name } = error as s3.S3ServiceException;
    return `${$metadata.httpStatusCode ?? "-"} ${name}`;
  }
  return "none";
}

describe("S3 objects, through the AWS SDK", () => {
  let server: TestServer;
  let client: s3.S3Client;

  before(async () => {
    server = await startTestServer();
    client = server.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
  });
  after(() => server.close());

  const put = (
    Key: string,
    Body: string | Buffer = "x",
    more: Partial<s3.PutObjectCommandInput> = {},
  ) => client.send(new s3.PutObjectCommand({ Bucket, Key, Body, ...more }));
  const get = (Key: string, more: Partial<s3.GetObjectCommandInput> = {}) =>
    client.send(new s3.GetObjectCommand({ Bucket, Key, ...more }));
  const head = (Key: string, more: Partial<s3.HeadObjectCommandInput> = {}) =>
    client.send(new s3.HeadObjectCommand({ Bucket, Key, ...more }));
  const text = async (Key: string, more: Partial<s3.GetObjectCommandInput> = {}) =>
    (await get(Key, more)).Body!.transformToString();

  it("keeps bytes, headers, metadata, tags and storage class", async () => {
    const body = randomBytes(3_000_000);
    await put("dir/a b+ü%2F.bin", body, {
      ContentType: "application/x-thing",
      CacheControl: "no-store",
      ContentEncoding: "gzip",
      ContentLanguage: "de",
      ContentDisposition: "attachment",
      Expires: new Date("2030-01-01T00:00:00Z"),
      Metadata: { author: "me", empty: "" },
      Tagging: "k=v&l=w",
      StorageClass: "STANDARD_IA",
    });
    const found = await get("dir/a b+ü%2F.bin");
    assert.deepEqual(Buffer.from(await found.Body!.transformToByteArray()), body);
    assert.equal(found.ETag, `"${createHash("md5").update(body).digest("hex")}"`);
    assert.equal(found.ContentType, "application/x-thing");
    assert.equal(found.CacheControl, "no-store");
    assert.equal(found.ContentEncoding, "gzip");
    assert.equal(found.ContentLanguage, "de");
    assert.equal(found.ContentDisposition, "attachment");
    assert.equal(found.ExpiresString, "Tue, 01 Jan 2030 00:00:00 GMT");
    assert.deepEqual(found.Metadata, { author: "me", empty: "" });
    assert.equal(found.TagCount, 2);
    assert.equal(found.StorageClass, "STANDARD_IA");
    assert.equal(found.ServerSideEncryption, "AES256");
  });

  it("keeps keys with dots, slashes and blanks apart", async () => {
    const keys = ["k", "./k", "../k", "a//k", "a/k", "/k", " k", "k ", "k/", "k+", "%6B"];
    for (const key of keys) await put(`odd${key}`, key);
    for (const key of keys) assert.equal(await text(`odd${key}`), key);
  });

  it("serves ranges, and refuses those beyond the end", async () => {
    await put("range", "0123456789");
    const part = await get("range", { Range: "bytes=2-4" });
    assert.equal(await part.Body!.transformToString(), "234");
    assert.equal(part.ContentRange, "bytes 2-4/10");
    assert.equal(part.$metadata.httpStatusCode, 206);
    assert.equal(await text("range", { Range: "bytes=-3" }), "789");
    assert.equal(await failure(get("range", { Range: "bytes=10-" })), "416 InvalidRange");
  });

  it("weighs the conditions of reads", async () => {
    const { ETag } = await put("conditions");
    assert.equal(await text("conditions", { IfMatch: ETag! }), "x");
    assert.equal(
      await failure(get("conditions", { IfMatch: '"other"' })),
      "412 PreconditionFailed",
    );
    assert.equal((await failure(get("conditions", { IfNoneMatch: ETag! }))).slice(0, 3), "304");
    assert.equal((await failure(head("conditions", { IfMatch: '"other"' }))).slice(0, 3), "412");
    const future = new Date(Date.now() + 3_600_000);
    assert.equal(
      await failure(get("conditions", { IfUnmodifiedSince: new Date(0) })),
      "412 PreconditionFailed",
    );
    assert.equal(await text("conditions", { IfUnmodifiedSince: future }), "x");
  });

  it("lets exactly one of several If-None-Match writers win that were all under way at once", async () => {
    const begun = Array.from({ length: 4 }, () => {
      const headers = { "content-length": "10", "if-none-match": "*" };
      const writer = request({
        port: server.port,
        method: "PUT",
        path: `/${Bucket}/race`,
        headers,
      });
      writer.write("12345");
      return writer;
    });
    await sleep(100);
    const statuses = begun.map(
      (writer) =>
        new Promise<number | undefined>((resolve, reject) => {
          writer.on("response", (res) => resolve(res.resume().statusCode)).on("error", reject);
          writer.end("67890");
        }),
    );
    assert.deepEqual((await Promise.all(statuses)).toSorted(), [200, 412, 412, 412]);
  });

  it("replaces with If-Match only what the writer saw", async () => {
    const { ETag } = await put("if-match", "1");
    await put("if-match", "2", { IfMatch: ETag! });
    assert.equal(await failure(put("if-match", "3", { IfMatch: ETag! })), "412 PreconditionFailed");
    assert.equal(await failure(put("nothing", "3", { IfMatch: ETag! })), "404 NoSuchKey");
    assert.equal(await text("if-match"), "2");
  });

  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
    it(`keeps the client's ${algorithm} and returns it when asked`, async () => {
      const stored = await put(`sum-${algorithm}`, "abc", { ChecksumAlgorithm: algorithm });
      const value = stored[`Checksum${algorithm}`];
      assert.ok(value);
      const asked = await head(`sum-${algorithm}`, { ChecksumMode: "ENABLED" });
      assert.equal(asked[`Checksum${algorithm}`], value);
      assert.equal(asked.ChecksumType, "FULL_OBJECT");
      const quiet = server.client({ responseChecksumValidation: "WHEN_REQUIRED" });
      const plain = await quiet.send(new s3.HeadObjectCommand({ Bucket, Key: `sum-${algorithm}` }));
      assert.equal(plain[`Checksum${algorithm}`], undefined);
    });
  }

  it("computes a CRC64NVME when the client gives no checksum", async () => {
    const silent = server.client({ requestChecksumCalculation: "WHEN_REQUIRED" });
    await silent.send(new s3.PutObjectCommand({ Bucket, Key: "silent", Body: "123456789" }));
    const found = await head("silent", { ChecksumMode: "ENABLED" });
    assert.equal(
      found.ChecksumCRC64NVME,
      Buffer.from("ae8b14860a799888", "hex").toString("base64"),
    );
  });

  it("takes a stream with its checksum in the trailer", async () => {
    const pieces = Array.from({ length: 20 }, () => randomBytes(70_000));
    const stored = await client.send(
      new s3.PutObjectCommand({
        Bucket,
        Key: "stream",
        Body: Readable.from(pieces),
        ContentLength: 1_400_000,
        ChecksumAlgorithm: "CRC32C",
      }),
    );
    assert.ok(stored.ChecksumCRC32C);
    const back = await (await get("stream")).Body!.transformToByteArray();
    assert.deepEqual(Buffer.from(back), Buffer.concat(pieces));
  });

  it("refuses a body that does not fit its checksum, and keeps nothing of it", async () => {
    const wrong = await failure(put("bad", "abc", { ChecksumCRC32: "AAAAAA==" }));
    assert.equal(wrong, "400 BadDigest");
    const md5 = createHash("md5").update("other").digest("base64");
    assert.equal(await failure(put("bad", "abc", { ContentMD5: md5 })), "400 BadDigest");
    assert.equal(await failure(put("bad", "abc", { ContentMD5: "nonsense" })), "400 InvalidDigest");
    assert.equal((await failure(head("bad"))).slice(0, 3), "404");
  });

  it("refuses keys and metadata that are too long", async () => {
    assert.equal(await failure(put("ü".repeat(513))), "400 KeyTooLongError");
    await put("ü".repeat(512));
    assert.equal(
      await failure(put("meta", "x", { Metadata: { a: "b".repeat(2048) } })),
      "400 MetadataTooLarge",
    );
  });

  it("copies with the source's description, or with another", async () => {
    await put("from ü+", "bytes", { Metadata: { a: "1" }, ContentType: "text/x", Tagging: "k=v" });
    const CopySource = `${Bucket}/${encodeURIComponent("from ü+")}`;
    const copy = (Key: string, more: Partial<s3.CopyObjectCommandInput> = {}) =>
      client.send(new s3.CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
    await copy("copied");
    assert.equal(await text("copied"), "bytes");
    const same = await head("copied");
    assert.deepEqual([same.Metadata, same.ContentType], [{ a: "1" }, "text/x"]);
    await copy("replaced", {
      MetadataDirective: "REPLACE",
      Metadata: { b: "2" },
      TaggingDirective: "REPLACE",
      Tagging: "",
    });
    const other = await head("replaced");
    assert.deepEqual([other.Metadata, other.ContentType], [{ b: "2" }, "binary/octet-stream"]);
    const tags = async (Key: string) =>
      (await client.send(new s3.GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
    assert.deepEqual(await tags("copied"), [{ Key: "k", Value: "v" }]);
    assert.deepEqual(await tags("replaced"), []);
    assert.equal(await failure(copy("from ü+")), "400 InvalidRequest");
    await copy("from ü+", { StorageClass: "STANDARD_IA" });
    assert.equal(
      await failure(copy("x", { CopySourceIfMatch: '"other"' })),
      "412 PreconditionFailed",
    );
    assert.equal(await failure(copy("x", { CopySource: `${Bucket}/none` })), "404 NoSuchKey");
    assert.equal(await failure(copy("copied", { IfNoneMatch: "*" })), "412 PreconditionFailed");
  });

  it("deletes many keys at once, each with its own result, and only with If-Match what fits", async () => {
    const { ETag } = await put("d1");
    await put("d2");
    const { Deleted, Errors } = await client.send(
      new s3.DeleteObjectsCommand({
        Bucket,
        Delete: {
          Objects: [{ Key: "d1", ETag: ETag! }, { Key: "d2", ETag: '"x"' }, { Key: "never" }],
        },
      }),
    );
    assert.deepEqual(
      Deleted?.map(({ Key }) => Key),
      ["d1", "never"],
    );
    assert.deepEqual(
      Errors?.map(({ Key, Code }) => [Key, Code]),
      [["d2", "PreconditionFailed"]],
    );
    const remove = (more: object) =>
      failure(client.send(new s3.DeleteObjectCommand({ Bucket, Key: "d2", ...more })));
    assert.equal(await remove({ IfMatch: '"x"' }), "412 PreconditionFailed");
    assert.equal(await remove({}), "none");
    assert.equal(await remove({}), "none");
  });

  it("tells attributes without the body", async () => {
    await put("attributes", "12345");
    const found = await client.send(
      new s3.GetObjectAttributesCommand({
        Bucket,
        Key: "attributes",
        ObjectAttributes: ["ETag", "Checksum", "ObjectSize", "StorageClass"],
      }),
    );
    assert.equal(found.ObjectSize, 5);
    assert.equal(found.StorageClass, "STANDARD");
    assert.equal(found.ETag, createHash("md5").update("12345").digest("hex"));
    assert.equal(found.Checksum?.ChecksumType, "FULL_OBJECT");
  });

  it("does not hand out an archived object before it is restored", async () => {
    await put("frozen", "ice", { StorageClass: "GLACIER" });
    assert.equal(await failure(get("frozen")), "403 InvalidObjectState");
    assert.equal((await head("frozen")).StorageClass, "GLACIER");
    await client.send(
      new s3.RestoreObjectCommand({ Bucket, Key: "frozen", RestoreRequest: { Days: 1 } }),
    );
    assert.match((await head("frozen")).Restore ?? "", /ongoing-request="false"/);
    assert.equal(await text("frozen"), "ice");
  });

  it("takes its time to restore where told, says so, and announces the end", async () => {
    const topic = `arn:aws:sns:eu-west-1:123456789012:restored`;
    await client.send(
      new s3.PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          TopicConfigurations: [{ TopicArn: topic, Events: ["s3:ObjectRestore:*"] }],
        },
      }),
    );
    await put("freezing", "ice", { StorageClass: "DEEP_ARCHIVE" });
    server.s3.restoring.delayMs = 100;
    const restore = () =>
      client.send(
        new s3.RestoreObjectCommand({ Bucket, Key: "freezing", RestoreRequest: { Days: 1 } }),
      );
    await restore();
    assert.equal((await head("freezing")).Restore, 'ongoing-request="true"');
    assert.equal(await failure(get("freezing")), "403 InvalidObjectState");
    assert.equal(await failure(restore()), "409 RestoreAlreadyInProgress");
    const events = () =>
      server.notified.map(({ event }) => {
        const { Records } = JSON.parse(event) as { Records?: { eventName: string }[] };
        return Records?.[0]?.eventName;
      });
    await until("the restore to end", () =>
      Promise.resolve(events().includes("ObjectRestore:Completed") || undefined),
    );
    assert.ok(events().includes("ObjectRestore:Post"));
    assert.equal(await text("freezing"), "ice");
    server.s3.restoring.delayMs = 0;
    await restore();
    assert.match((await head("freezing")).Restore ?? "", /ongoing-request="false"/);
  });

  it("lets strangers in only who pay, where the requester pays", async () => {
    await put("paid", "goods");
    const stranger = server.client({ credentials: STRANGER });
    const ask = (more: Partial<s3.GetObjectCommandInput> = {}) =>
      stranger.send(new s3.GetObjectCommand({ Bucket, Key: "paid", ...more }));
    assert.equal(await failure(ask()), "none");
    const RequestPaymentConfiguration = { Payer: "Requester" as const };
    await client.send(
      new s3.PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration }),
    );
    assert.equal(await failure(ask()), "403 AccessDenied");
    const { RequestCharged, Body } = await ask({ RequestPayer: "requester" });
    assert.equal(RequestCharged, "requester");
    assert.equal(await Body!.transformToString(), "goods");
    assert.equal(await text("paid"), "goods", "the owner pays anyway");
    const anonymous = await fetch(`${server.endpoint}/${Bucket}/paid`, {
      headers: { "x-amz-request-payer": "requester" },
    });
    assert.equal(anonymous.status, 403);
    await client.send(
      new s3.PutBucketRequestPaymentCommand({
        Bucket,
        RequestPaymentConfiguration: { Payer: "BucketOwner" },
      }),
    );
  });

  it("hands out what a customer's key encrypts only with that key, and no MD5 as its ETag", async () => {
    const key = (fill: number) => ({
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: Buffer.alloc(32, fill).toString("base64"),
      SSECustomerKeyMD5: createHash("md5").update(Buffer.alloc(32, fill)).digest("base64"),
    });
    const { ETag } = await put("secret", "s", key(1));
    assert.notEqual(ETag, `"${createHash("md5").update("s").digest("hex")}"`);
    assert.equal(await failure(get("secret")), "400 InvalidRequest");
    assert.equal(await failure(get("secret", key(2))), "403 AccessDenied");
    assert.equal(await text("secret", key(1)), "s");
    const kms = await put("kms", "s", { ServerSideEncryption: "aws:kms" });
    assert.notEqual(kms.ETag, `"${createHash("md5").update("s").digest("hex")}"`);
    assert.equal(kms.ServerSideEncryption, "aws:kms");
  });
});
