import assert from "node:assert/strict";

import * as s3 from "@aws-sdk/client-s3";

import { startTestServer } from "./listener.ts";
import type { TestServer } from "./listener.ts";

const Bucket = "versioned";

describe("S3 versions and listings, through the AWS SDK", () => {
  let server: TestServer;
  let client: s3.S3Client;

  before(async () => {
    server = await startTestServer();
    client = server.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
  });
  after(() => server.close());

  const setVersioning = (Status: "Enabled" | "Suspended") =>
    client.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  const put = async (Key: string, Body: string) =>
    (await client.send(new s3.PutObjectCommand({ Bucket, Key, Body }))).VersionId;
  const remove = (Key: string, VersionId?: string) =>
    client.send(new s3.DeleteObjectCommand({ Bucket, Key, ...(VersionId ? { VersionId } : {}) }));
  const read = async (Key: string, VersionId?: string) => {
    try {
      const found = await client.send(
        new s3.GetObjectCommand({ Bucket, Key, ...(VersionId ? { VersionId } : {}) }),
      );
      return await found.Body!.transformToString();
    } catch (error) {
      return (error as Error).name;
    }
  };
  const versions = async (Prefix: string) => {
    const found = await client.send(new s3.ListObjectVersionsCommand({ Bucket, Prefix }));
    return {
      versions: (found.Versions ?? []).map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
      markers: (found.DeleteMarkers ?? []).map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
    };
  };

  it("gives the null version to what was there before, and ids to what comes after", async () => {
    assert.equal(await put("k", "before"), undefined);
    await setVersioning("Enabled");
    const second = await put("k", "second");
    assert.match(second ?? "", /^[A-Za-z0-9_-]{32}$/);
    assert.equal(await read("k"), "second");
    assert.equal(await read("k", "null"), "before");
    assert.deepEqual(await versions("k"), {
      versions: [
        [second, true],
        ["null", false],
      ],
      markers: [],
    });
  });

  it("hides a deleted object behind a marker, whose removal brings it back", async () => {
    const id = await put("hidden", "v");
    const gone = await remove("hidden");
    assert.equal(gone.DeleteMarker, true);
    assert.equal(await read("hidden"), "NoSuchKey");
    assert.equal(await read("hidden", id), "v");
    assert.equal(await read("hidden", gone.VersionId), "MethodNotAllowed");
    const listed = await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix: "hidden" }));
    assert.equal(listed.KeyCount, 0);
    assert.deepEqual(await versions("hidden"), {
      versions: [[id, false]],
      markers: [[gone.VersionId, true]],
    });
    const back = await remove("hidden", gone.VersionId);
    assert.equal(back.DeleteMarker, true);
    assert.equal(await read("hidden"), "v");
  });

  it("shows the one before when the newest version is removed", async () => {
    const first = await put("steps", "1");
    const second = await put("steps", "2");
    await remove("steps", second);
    assert.equal(await read("steps"), "1");
    assert.deepEqual(await versions("steps"), { versions: [[first, true]], markers: [] });
    assert.equal(await read("steps", second), "NoSuchVersion");
  });

  it("replaces only the null version while versioning is suspended", async () => {
    const kept = await put("sus", "kept");
    await setVersioning("Suspended");
    assert.equal(await put("sus", "null 1"), "null");
    await put("sus", "null 2");
    assert.deepEqual(await versions("sus"), {
      versions: [
        ["null", true],
        [kept, false],
      ],
      markers: [],
    });
    const marker = await remove("sus");
    assert.equal(marker.VersionId, "null");
    assert.deepEqual(await versions("sus"), {
      versions: [[kept, false]],
      markers: [["null", true]],
    });
    assert.equal(await read("sus", kept), "kept");
    await setVersioning("Enabled");
  });

  it("pages through versions without losing or repeating one", async () => {
    const expected: string[] = [];
    for (const key of ["p/a", "p/b", "p/c/1", "p/c/2"]) {
      for (let n = 0; n < 3; n += 1) expected.push(`${key} ${(await put(key, String(n)))!}`);
    }
    const seen: string[] = [];
    let marker: Partial<s3.ListObjectVersionsCommandInput> | undefined = {};
    while (marker) {
      const found: s3.ListObjectVersionsCommandOutput = await client.send(
        new s3.ListObjectVersionsCommand({ Bucket, Prefix: "p/", MaxKeys: 5, ...marker }),
      );
      seen.push(...(found.Versions ?? []).map(({ Key, VersionId }) => `${Key!} ${VersionId!}`));
      marker = found.IsTruncated
        ? { KeyMarker: found.NextKeyMarker!, VersionIdMarker: found.NextVersionIdMarker! }
        : undefined;
    }
    assert.deepEqual(seen.toSorted(), expected.toSorted());
    assert.deepEqual(seen.slice(0, 3), expected.slice(0, 3).reverse(), "the newest comes first");
    const rolled = await client.send(
      new s3.ListObjectVersionsCommand({ Bucket, Prefix: "p/", Delimiter: "/" }),
    );
    assert.deepEqual(rolled.CommonPrefixes, [{ Prefix: "p/c/" }]);
  });

  it("does not delete a bucket that only has old versions", async () => {
    await assert.rejects(client.send(new s3.DeleteBucketCommand({ Bucket })), {
      name: "BucketNotEmpty",
    });
  });

  it("lists 1,200 keys in pages and orders them by bytes", async () => {
    const keys = Array.from({ length: 1200 }, (_, n) => `l/${n.toString(36)}`);
    const queue = [...keys];
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let key = queue.pop(); key !== undefined; key = queue.pop()) await put(key, ".");
      }),
    );
    const seen: string[] = [];
    for await (const found of s3.paginateListObjectsV2({ client }, { Bucket, Prefix: "l/" })) {
      seen.push(...(found.Contents ?? []).map(({ Key }) => Key!));
    }
    assert.deepEqual(seen, keys.toSorted());
  });

  it("encodes keys in listings when asked, with a plus for a space", async () => {
    await put("enc/a b+ü\u0001&<.txt", ".");
    const found = await client.send(
      new s3.ListObjectsV2Command({
        Bucket,
        Prefix: "enc/",
        EncodingType: "url",
        StartAfter: "enc/ ",
      }),
    );
    assert.equal(found.Contents?.[0]?.Key, "enc/a+b%2B%C3%BC%01%26%3C.txt");
    assert.equal(found.Prefix, "enc/");
    const plain = await client.send(new s3.ListObjectsCommand({ Bucket, Prefix: "enc/" }));
    assert.equal(plain.Contents?.[0]?.Key, "enc/a b+ü\u0001&<.txt");
  });

  it("continues a plain listing at a marker and with a delimiter", async () => {
    for (const key of ["m/1", "m/2/x", "m/2/y", "m/3"]) await put(key, ".");
    const first = await client.send(
      new s3.ListObjectsCommand({ Bucket, Prefix: "m/", Delimiter: "/", MaxKeys: 2 }),
    );
    assert.deepEqual(
      [first.Contents?.length, first.CommonPrefixes, first.NextMarker],
      [1, [{ Prefix: "m/2/" }], "m/2/"],
    );
    const rest = await client.send(
      new s3.ListObjectsCommand({
        Bucket,
        Prefix: "m/",
        Delimiter: "/",
        Marker: first.NextMarker!,
      }),
    );
    assert.deepEqual(
      rest.Contents?.map(({ Key }) => Key),
      ["m/3"],
    );
    assert.equal(rest.IsTruncated, false);
  });

  it("refuses tokens and limits that it did not hand out", async () => {
    const list = (more: object) => client.send(new s3.ListObjectsV2Command({ Bucket, ...more }));
    await assert.rejects(list({ ContinuationToken: "made up" }), { name: "InvalidArgument" });
    await assert.rejects(list({ MaxKeys: -1 }), { name: "InvalidArgument" });
    assert.equal((await list({ MaxKeys: 0 })).KeyCount, 0);
  });
});
