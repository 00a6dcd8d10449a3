import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

import * as s3 from "@aws-sdk/client-s3";

import { newDigest } from "../../../../../local/aws/s3/checksums/algorithm.ts";
import { startTestServer } from "./listener.ts";
import type { TestServer } from "./listener.ts";

const Bucket = "multipart";
const MiB = 1024 * 1024;

describe("S3 multipart uploads, through the AWS SDK", () => {
  let server: TestServer;
  let client: s3.S3Client;
  const parts = [randomBytes(5 * MiB), randomBytes(5 * MiB + 1), randomBytes(1000)];
  const whole = Buffer.concat(parts);

  before(async () => {
    server = await startTestServer();
    client = server.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
  });
  after(() => server.close());

  async function begin(Key: string, more: Partial<s3.CreateMultipartUploadCommandInput> = {}) {
    const { UploadId } = await client.send(
      new s3.CreateMultipartUploadCommand({ Bucket, Key, ...more }),
    );
    return { Bucket, Key, UploadId: UploadId! };
  }
  type Begun = Awaited<ReturnType<typeof begin>>;

  async function upload(
    begun: Begun,
    bodies: Buffer[],
    more: Partial<s3.UploadPartCommandInput> = {},
  ) {
    const done: s3.CompletedPart[] = [];
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = index + 1;
      const { $metadata, ...part } = await client.send(
        new s3.UploadPartCommand({ ...begun, PartNumber, Body, ...more }),
      );
      assert.equal($metadata.httpStatusCode, 200);
      done.push({ ...part, PartNumber });
    }
    return done;
  }

  const complete = (
    begun: Begun,
    Parts: s3.CompletedPart[],
    more: Partial<s3.CompleteMultipartUploadCommandInput> = {},
  ) =>
    client.send(
      new s3.CompleteMultipartUploadCommand({ ...begun, MultipartUpload: { Parts }, ...more }),
    );
  const read = async (Key: string, more: Partial<s3.GetObjectCommandInput> = {}) => {
    const found = await client.send(new s3.GetObjectCommand({ Bucket, Key, ...more }));
    return { ...found, bytes: Buffer.from(await found.Body!.transformToByteArray()) };
  };

  it("join parts to one object with a full-object CRC64NVME, attributes and a part count", async () => {
    const begun = await begin("joined", {
      Metadata: { a: "1" },
      ContentType: "text/x",
      Tagging: "k=v",
    });
    const done = await upload(begun, parts);
    const result = await complete(begun, done);
    const md5s = parts.map((part) => createHash("md5").update(part).digest());
    assert.equal(result.ETag, `"${createHash("md5").update(Buffer.concat(md5s)).digest("hex")}-3"`);
    const digest = newDigest("CRC64NVME");
    digest.update(whole);
    assert.equal(result.ChecksumCRC64NVME, digest.result().toString("base64"));
    const found = await read("joined");
    assert.ok(found.bytes.equals(whole));
    assert.deepEqual(
      [found.Metadata, found.ContentType, found.TagCount],
      [{ a: "1" }, "text/x", 1],
    );
    const range = await read("joined", { Range: `bytes=${5 * MiB - 2}-${5 * MiB + 1}` });
    assert.ok(
      range.bytes.equals(whole.subarray(5 * MiB - 2, 5 * MiB + 2)),
      "a range across two parts",
    );
    const second = await read("joined", { PartNumber: 2 });
    assert.ok(second.bytes.equals(parts[1]!));
    assert.equal(second.PartsCount, 3);
    await assert.rejects(read("joined", { PartNumber: 4 }), { name: "InvalidPartNumber" });
  });

  it("keep composite checksums and check those that the client lists", async () => {
    const begun = await begin("composite", { ChecksumAlgorithm: "SHA256" });
    const done = await upload(begun, parts, { ChecksumAlgorithm: "SHA256" });
    const bare = done.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    await assert.rejects(complete(begun, bare), { name: "InvalidRequest" });
    const wrong = done.map((part, n) =>
      n === 1 ? { ...part, ChecksumSHA256: done[0]!.ChecksumSHA256! } : part,
    );
    await assert.rejects(complete(begun, wrong), { name: "InvalidPart" });
    const { ChecksumSHA256, ChecksumType } = await complete(begun, done);
    const sums = parts.map((part) => createHash("sha256").update(part).digest());
    assert.equal(
      ChecksumSHA256,
      `${createHash("sha256").update(Buffer.concat(sums)).digest("base64")}-3`,
    );
    assert.equal(ChecksumType, "COMPOSITE");
    const attributes = await client.send(
      new s3.GetObjectAttributesCommand({
        Bucket,
        Key: "composite",
        ObjectAttributes: ["ObjectParts"],
        MaxParts: 2,
      }),
    );
    assert.equal(attributes.ObjectParts?.TotalPartsCount, 3);
    assert.deepEqual(
      attributes.ObjectParts.Parts?.map(({ Size }) => Size),
      [5 * MiB, 5 * MiB + 1],
    );
  });

  it("check a full-object checksum that the client says at the end", async () => {
    const begun = await begin("full", { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" });
    const done = await upload(begun, parts, { ChecksumAlgorithm: "CRC32" });
    await assert.rejects(
      complete(begun, done, { ChecksumCRC32: "AAAAAA==", ChecksumType: "FULL_OBJECT" }),
      { name: "BadDigest" },
    );
    const digest = newDigest("CRC32");
    digest.update(whole);
    const ChecksumCRC32 = digest.result().toString("base64");
    const result = await complete(begun, done, {
      ChecksumCRC32,
      ChecksumType: "FULL_OBJECT",
      MpuObjectSize: whole.length,
    });
    assert.equal(result.ChecksumCRC32, ChecksumCRC32);
  });

  it("refuse parts that are small, missing, changed or out of order", async () => {
    const begun = await begin("refused");
    const done = await upload(begun, [parts[2]!, parts[0]!]);
    const [first, second] = [done[0]!, done[1]!];
    const code = async (list: s3.CompletedPart[]) => {
      try {
        await complete(begun, list);
        return "none";
      } catch (error) {
        return (error as Error).name;
      }
    };
    assert.equal(await code([first, second]), "EntityTooSmall");
    assert.equal(await code([second, first]), "InvalidPartOrder");
    assert.equal(await code([first, first]), "InvalidPartOrder");
    assert.equal(
      await code([{ ...first, ETag: '"00000000000000000000000000000000"' }]),
      "InvalidPart",
    );
    assert.equal(await code([{ ...first, PartNumber: 9 }]), "InvalidPart");
    assert.equal(await code([]), "MalformedXML");
    assert.equal(await code([first]), "none");
    assert.equal(await code([first]), "NoSuchUpload");
  });

  it("are listed with their parts until they are aborted", async () => {
    const one = await begin("list/a");
    const two = await begin("list/a");
    const three = await begin("list/b/c");
    await upload(one, parts);
    const listed = await client.send(new s3.ListPartsCommand({ ...one, MaxParts: 2 }));
    assert.deepEqual(
      listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
      [
        [1, 5 * MiB],
        [2, 5 * MiB + 1],
      ],
    );
    const rest = await client.send(
      new s3.ListPartsCommand({ ...one, PartNumberMarker: listed.NextPartNumberMarker! }),
    );
    assert.deepEqual(
      rest.Parts?.map(({ PartNumber }) => PartNumber),
      [3],
    );
    const list = async (more: object) =>
      (
        (
          await client.send(
            new s3.ListMultipartUploadsCommand({ Bucket, Prefix: "list/", ...more }),
          )
        ).Uploads ?? []
      ).map(({ UploadId }) => UploadId);
    assert.deepEqual(await list({}), [one.UploadId, two.UploadId, three.UploadId]);
    assert.deepEqual(await list({ Delimiter: "/" }), [one.UploadId, two.UploadId]);
    assert.deepEqual(await list({ KeyMarker: "list/a", UploadIdMarker: one.UploadId }), [
      two.UploadId,
      three.UploadId,
    ]);
    for (const begun of [one, two, three])
      await client.send(new s3.AbortMultipartUploadCommand(begun));
    assert.deepEqual(await list({}), []);
    await assert.rejects(upload(one, [parts[2]!]), { name: "NoSuchUpload" });
  });

  it("take parts from ranges of other objects", async () => {
    await client.send(new s3.PutObjectCommand({ Bucket, Key: "source ü", Body: whole }));
    const begun = await begin("assembled");
    const CopySource = `${Bucket}/${encodeURIComponent("source ü")}`;
    const copy = (PartNumber: number, CopySourceRange: string) =>
      client.send(
        new s3.UploadPartCopyCommand({ ...begun, CopySource, PartNumber, CopySourceRange }),
      );
    const a = await copy(1, `bytes=0-${6 * MiB - 1}`);
    const b = await copy(2, `bytes=${6 * MiB}-${whole.length - 1}`);
    await assert.rejects(copy(3, `bytes=0-${whole.length}`), { name: "InvalidArgument" });
    await client.send(new s3.PutObjectCommand({ Bucket, Key: "small", Body: parts[2]! }));
    const small = { ...begun, CopySource: `${Bucket}/small`, PartNumber: 3 };
    await assert.rejects(
      client.send(new s3.UploadPartCopyCommand({ ...small, CopySourceRange: "bytes=0-9" })),
      { name: "InvalidRequest" },
      "ranges are taken only of objects above 5 MiB",
    );
    await client.send(new s3.UploadPartCopyCommand(small));
    await complete(begun, [
      { PartNumber: 1, ETag: a.CopyPartResult!.ETag! },
      { PartNumber: 2, ETag: b.CopyPartResult!.ETag! },
    ]);
    assert.ok((await read("assembled")).bytes.equals(whole));
  });

  it("weigh conditions when they complete", async () => {
    const first = await begin("conditional");
    const second = await begin("conditional");
    const [a, b] = [await upload(first, [parts[2]!]), await upload(second, [parts[2]!])];
    const { ETag } = await complete(first, a, { IfNoneMatch: "*" });
    await assert.rejects(complete(second, b, { IfNoneMatch: "*" }), { name: "PreconditionFailed" });
    await complete(second, b, { IfMatch: ETag! });
  });
});
