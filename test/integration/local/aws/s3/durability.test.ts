import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import * as s3 from "@aws-sdk/client-s3";

import { NO_ATTRIBUTES } from "../../../../../local/aws/s3/index/version.ts";
import type { Version } from "../../../../../local/aws/s3/index/version.ts";
import { Store } from "../../../../../local/aws/s3/store.ts";
import { CREDENTIALS, REGION, startTestServer } from "./listener.ts";

const Bucket = "durable";
const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/** Every file below a folder, but for the index. */
function bodiesIn(home: string): string[] {
  return readdirSync(join(home, "bodies"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

async function until(met: () => boolean): Promise<void> {
  for (let waited = 0; !met() && waited < 5000; waited += 10) await sleep(10);
  assert.ok(met(), "it did not come about within 5 s");
}

describe("What S3 keeps on disk", () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "causeway-s3-"));
  });
  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  it("is all there after a restart: objects, versions, uploads under way, configuration", async () => {
    const first = await startTestServer({ home });
    const client = first.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
    await client.send(
      new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
    const body = randomBytes(1_500_000);
    const { VersionId } = await client.send(
      new s3.PutObjectCommand({ Bucket, Key: "k", Body: body }),
    );
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
    const begun = {
      Bucket,
      Key: "m",
      UploadId: (await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: "m" })))
        .UploadId!,
    };
    const { ETag } = await client.send(
      new s3.UploadPartCommand({ ...begun, PartNumber: 1, Body: "part" }),
    );
    await first.close();

    const second = await startTestServer({ home });
    try {
      const again = second.client();
      const found = await again.send(
        new s3.GetObjectCommand({ Bucket, Key: "k", VersionId: VersionId! }),
      );
      assert.ok(Buffer.from(await found.Body!.transformToByteArray()).equals(body));
      const { DeleteMarkers } = await again.send(new s3.ListObjectVersionsCommand({ Bucket }));
      assert.equal(DeleteMarkers?.length, 1);
      await again.send(
        new s3.CompleteMultipartUploadCommand({
          ...begun,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: ETag! }] },
        }),
      );
      assert.deepEqual(second.s3.inventory(), [`arn:aws:s3:::${Bucket}`]);
    } finally {
      await second.close();
    }
  });

  it("has no trace of a PUT that died half-way, or of what was overwritten, deleted or aborted", async () => {
    const server = await startTestServer({ home });
    try {
      const client = server.client();
      await client.send(new s3.CreateBucketCommand({ Bucket }));
      await halfPut(server.port);
      await until(() => bodiesIn(home).length === 0);
      await assert.rejects(client.send(new s3.HeadObjectCommand({ Bucket, Key: "half" })), {
        name: "NotFound",
      });
      for (let n = 0; n < 3; n += 1)
        await client.send(new s3.PutObjectCommand({ Bucket, Key: "k", Body: `${n}` }));
      await until(() => bodiesIn(home).length === 1);
      await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
      const begun = {
        Bucket,
        Key: "m",
        UploadId: (await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: "m" })))
          .UploadId!,
      };
      for (const PartNumber of [1, 1, 2])
        await client.send(new s3.UploadPartCommand({ ...begun, PartNumber, Body: "part" }));
      await client.send(new s3.AbortMultipartUploadCommand(begun));
      await until(() => bodiesIn(home).length === 0);
    } finally {
      await server.close();
    }
  });

  it("lets a reader finish an object of many parts that is deleted meanwhile, and removes it then", async () => {
    const server = await startTestServer({ home });
    try {
      const client = server.client();
      const part = randomBytes(5 * 1024 * 1024);
      await client.send(new s3.CreateBucketCommand({ Bucket }));
      const begun = {
        Bucket,
        Key: "k",
        UploadId: (await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: "k" })))
          .UploadId!,
      };
      const Parts: s3.CompletedPart[] = [];
      for (const PartNumber of [1, 2, 3]) {
        const { ETag } = await client.send(
          new s3.UploadPartCommand({ ...begun, PartNumber, Body: part }),
        );
        Parts.push({ PartNumber, ETag: ETag! });
      }
      await client.send(
        new s3.CompleteMultipartUploadCommand({ ...begun, MultipartUpload: { Parts } }),
      );
      const found = await client.send(new s3.GetObjectCommand({ Bucket, Key: "k" }));
      await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "k" }));
      await sleep(50);
      const bytes = Buffer.from(await found.Body!.transformToByteArray());
      assert.ok(bytes.equals(Buffer.concat([part, part, part])));
      await until(() => bodiesIn(home).length === 0);
    } finally {
      await server.close();
    }
  });

  it("survives kill -9 in the middle of writes: every confirmed object is whole, no other file stays", async () => {
    const confirmed = new Map<string, string>();
    for (let round = 0; round < 3; round += 1) {
      const child = await startChild(home);
      const client = new s3.S3Client({
        endpoint: child.endpoint,
        region: REGION,
        credentials: CREDENTIALS,
        forcePathStyle: true,
        maxAttempts: 1,
      });
      await client.send(new s3.CreateBucketCommand({ Bucket })).catch(() => undefined);
      let done = 0;
      const writers = Array.from({ length: 6 }, async (_, writer) => {
        for (let n = 0; ; n += 1) {
          const Key = `r${round}/w${writer}/${n % 7}`;
          const body = randomBytes(n % 3 === 0 ? 700_000 : 3000);
          confirmed.delete(Key);
          await client.send(new s3.PutObjectCommand({ Bucket, Key, Body: body }));
          confirmed.set(Key, createHash("md5").update(body).digest("hex"));
          done += 1;
        }
      });
      const ended = Promise.allSettled(writers);
      await until(() => done >= 40);
      child.process.kill("SIGKILL");
      await ended;
      client.destroy();
    }
    const server = await startTestServer({ home });
    try {
      assert.ok(confirmed.size > 20);
      const client = server.client();
      for (const [Key, md5] of confirmed) {
        const found = await client.send(new s3.GetObjectCommand({ Bucket, Key }));
        const bytes = await found.Body!.transformToByteArray();
        assert.equal(createHash("md5").update(bytes).digest("hex"), md5, Key);
      }
      let listed = 0;
      for await (const found of s3.paginateListObjectsV2({ client }, { Bucket })) {
        for (const { Key, ETag } of found.Contents ?? []) {
          const read = await client.send(new s3.GetObjectCommand({ Bucket, Key: Key! }));
          const bytes = await read.Body!.transformToByteArray();
          assert.equal(
            `"${createHash("md5").update(bytes).digest("hex")}"`,
            ETag,
            "an unconfirmed object is whole too",
          );
          listed += 1;
        }
      }
      await until(() => bodiesIn(home).length === listed);
    } finally {
      await server.close();
    }
  });

  it("keeps an object whose process died between the commit and the last rename, and drops what was never committed", async () => {
    const store = new Store(home);
    const versions = ["committed", "uncommitted"].map(async (key): Promise<Version> => {
      const staged = await store.bodies.write(Readable.from([Buffer.from(key)]));
      return {
        ...{ bucket: Bucket, key, seq: 1, id: "null", marker: false, etag: "", modified: 0 },
        ...{ size: staged.size, storageClass: "STANDARD", multipart: false },
        segments: [{ body: staged.id, size: staged.size }],
        attributes: NO_ATTRIBUTES,
      };
    });
    const [version] = await Promise.all(versions);
    const { body: id, size } = version!.segments[0]!;
    store.bodies.keep = () => {
      throw new Error("killed here");
    };
    assert.throws(
      () => store.commit({ id, size }, () => store.versions.add(version!)),
      /killed here/,
    );
    await store.close();
    const again = new Store(home);
    try {
      assert.deepEqual(bodiesIn(home), [id]);
      const found = again.versions.latest(Bucket, "committed")!;
      const reading = again.read(found, 0, found.size);
      assert.equal((await Readable.from(reading.bytes).toArray()).join(""), "committed");
      reading.close();
    } finally {
      await again.close();
    }
  });

  it("delivers after a restart the events that a dead process still owed", async () => {
    const owing = await startTestServer({ home, notify: () => Promise.reject(new Error("never")) });
    const client = owing.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
    await client.send(
      new s3.PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            { QueueArn: "arn:aws:sqs:eu-west-1:123456789012:q", Events: ["s3:ObjectCreated:*"] },
          ],
        },
      }),
    );
    await client.send(new s3.PutObjectCommand({ Bucket, Key: "owed", Body: "x" }));
    await owing.close();
    const server = await startTestServer({ home });
    try {
      await until(() => server.notified.some(({ event }) => event.includes('"key":"owed"')));
    } finally {
      await server.close();
    }
  });

  it("belongs to one server at a time, and the second says so", async () => {
    const server = await startTestServer({ home });
    try {
      await assert.rejects(startTestServer({ home }), /Is another server using this folder/);
    } finally {
      await server.close();
    }
  });
});

/** A PUT of 1,000,000 bytes whose client leaves after 600,000. */
async function halfPut(port: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const put = request({
      port,
      method: "PUT",
      path: `/${Bucket}/half`,
      headers: { "content-length": "1000000" },
    });
    put.on("error", () => resolve());
    put.on("close", () => resolve());
    put.write(randomBytes(600_000), () => setTimeout(() => put.destroy(), 50));
  });
}

async function startChild(home: string): Promise<{ process: ChildProcess; endpoint: string }> {
  const child = spawn(process.execPath, [CHILD, home], { stdio: ["ignore", "pipe", "inherit"] });
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (line: Buffer) => resolve(line.toString().trim()));
    child.once("exit", (code) => reject(new Error(`The child server ended with ${String(code)}.`)));
  });
  return { process: child, endpoint };
}
