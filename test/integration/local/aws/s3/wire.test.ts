import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import * as s3 from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

import { startTestServer } from "./listener.ts";
import type { TestServer } from "./listener.ts";

const Bucket = "wire";

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

describe("S3 on the wire", () => {
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

  it("serves presigned URLs to anybody, as long as they last and as they were signed", async () => {
    const sign = (command: s3.GetObjectCommand | s3.PutObjectCommand, expiresIn = 60) =>
      getSignedUrl(client as never, command as never, { expiresIn });
    await put("signed ü", "hello");
    const url = await sign(
      new s3.GetObjectCommand({ Bucket, Key: "signed ü", ResponseContentType: "text/x-other" }),
    );
    const answer = await fetch(url);
    assert.equal(await answer.text(), "hello");
    assert.equal(answer.headers.get("content-type"), "text/x-other");
    assert.equal((await fetch(url, { method: "DELETE" })).status, 403);
    assert.equal((await fetch(url.replace("signed", "other"))).status, 403);
    assert.equal(
      (await fetch(await sign(new s3.GetObjectCommand({ Bucket, Key: "signed ü" }), 0))).status,
      403,
    );
    const upload = await sign(
      new s3.PutObjectCommand({ Bucket, Key: "uploaded", Metadata: { a: "b" } }),
    );
    assert.equal(
      (await fetch(upload, { method: "PUT", body: "up" })).status,
      400,
      "the SDK signed the CRC32 of no body",
    );
    const plain = server.client({ requestChecksumCalculation: "WHEN_REQUIRED" });
    const open = await getSignedUrl(
      plain as never,
      new s3.PutObjectCommand({ Bucket, Key: "uploaded", Metadata: { a: "b" } }) as never,
    );
    assert.equal((await fetch(open, { method: "PUT", body: "up" })).status, 200);
    assert.equal(await text("uploaded"), "up");
    assert.deepEqual((await head("uploaded")).Metadata, { a: "b" });
  });

  it("answers with S3's errors and ids", async () => {
    assert.equal(await failure(get("none")), "404 NoSuchKey");
    assert.equal(
      await failure(client.send(new s3.GetObjectCommand({ Bucket: "no-such-bucket", Key: "k" }))),
      "404 NoSuchBucket",
    );
    assert.equal(
      await failure(client.send(new s3.CreateBucketCommand({ Bucket }))),
      "409 BucketAlreadyOwnedByYou",
    );
    assert.equal(
      await failure(client.send(new s3.CreateBucketCommand({ Bucket: "Bad_Name" }))),
      "400 InvalidBucketName",
    );
    assert.equal(
      await failure(client.send(new s3.DeleteBucketCommand({ Bucket }))),
      "409 BucketNotEmpty",
    );
    const raw = await fetch(`${server.endpoint}/${Bucket}/none`);
    assert.equal(raw.headers.get("content-type"), "application/xml");
    assert.ok(raw.headers.get("x-amz-request-id"));
    assert.match(await raw.text(), /<Code>NoSuchKey<\/Code>.*<Key>none<\/Key>.*<RequestId>/s);
    const elsewhere = server.client({ region: "us-east-1" });
    const refused = await elsewhere
      .send(new s3.ListObjectsV2Command({ Bucket }))
      .catch((error: unknown) => error as s3.S3ServiceException & { Region?: string });
    assert.equal((refused as { name: string }).name, "AuthorizationHeaderMalformed");
  });

  it("answers before the body has ended where it must, and takes the next request on the same connection", async () => {
    const put = (path: string, headers: Record<string, string>, body: Buffer) => {
      const all = { host: "localhost", "content-length": String(body.length), ...headers };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
      return [Buffer.from([`PUT ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n")), body];
    };
    const framed = {
      "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
      "x-amz-decoded-content-length": "20000000",
    };
    const badFrame = Buffer.from("10\r\n0123456789abcdef\r\nno size\r\n");
    const socket = connect(server.port, "127.0.0.1");
    let answers = "";
    socket.on("data", (data: Buffer) => (answers += data.toString("latin1")));
    socket.write(
      Buffer.concat([
        ...put(`/${Bucket}/framed`, framed, Buffer.concat([badFrame, randomBytes(20_000_000)])),
        ...put("/no-such-bucket/k", {}, randomBytes(20_000_000)),
        ...put(`/${Bucket}/after`, {}, Buffer.from("x")),
      ]),
    );
    try {
      for (let waited = 0; !answers.includes(" 200 OK") && waited < 5000; waited += 10)
        await sleep(10);
      const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
      assert.deepEqual(statuses, ["400", "404", "200"]);
    } finally {
      socket.destroy();
    }
    assert.equal((await failure(head("framed"))).slice(0, 3), "404");
  });

  it("is found by virtual-hosted style", async () => {
    await put("virtual/k", "v");
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(
        {
          port: server.port,
          host: "127.0.0.1",
          path: "/virtual/k",
          headers: { host: `${Bucket}.s3.localhost:${server.port}` },
        },
        (res) => {
          res.resume();
          resolve(res.statusCode);
        },
      )
        .on("error", reject)
        .end();
    });
    assert.equal(status, 200);
  });
});
