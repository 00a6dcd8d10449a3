import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Staging } from "../../../../../runtime/stores/contract.ts";
import { copySourceHeaders } from "../../../../../runtime/stores/s3/copy-source.ts";
import { cutIntoParts } from "../../../../../runtime/stores/s3/cuts.ts";
import { isNote, isSomeNote, noteOf } from "../../../../../runtime/stores/s3/note.ts";

const MiB = 1024 * 1024;
const TiB = 1024 * 1024 * MiB;

describe("the parts of an object", () => {
  it("are never too many, too small or too big for S3, and leave room for the note", () => {
    const sizes = fc.double({ min: 1, max: 45 * TiB, noNaN: true }).map(Math.floor);
    fc.assert(
      fc.property(sizes, fc.constantFrom("stream", "url"), (size, by) => {
        const { blockSize, blocks } = cutIntoParts(size, by);
        assert.ok(blocks <= 9_999);
        assert.ok(blockSize >= 5 * MiB);
        assert.ok(blockSize <= 5 * 1024 * MiB);
        assert.ok((blocks - 1) * blockSize < size && size <= blocks * blockSize);
      }),
    );
  });

  it("stay small in memory as long as their number allows", () => {
    assert.equal(cutIntoParts(70 * 1024 * MiB, "stream").blockSize, 8 * MiB);
    assert.equal(cutIntoParts(TiB, "stream").blockSize, 105 * MiB);
    assert.equal(cutIntoParts(1024 * MiB, "url").blockSize, 64 * MiB);
  });
});

describe("the note of an upload", () => {
  const staging: Staging = {
    name: "n",
    pin: { etag: "e", text: "e" },
    size: 20 * MiB,
    cut: { blockSize: 8 * MiB, blocks: 3 },
    properties: { contentType: "text/plain", metadata: { a: "1" } },
    noteCrcs: true,
  };
  const note = noteOf(staging);
  const part = (over: object = {}) => ({
    number: 10_000,
    size: note.bytes.length,
    etag: createHash("md5").update(note.bytes).digest("hex"),
    crc: note.crc as bigint | undefined,
    ...over,
  });

  it("is known by its CRC-64, or by its MD5 where the server keeps no CRC-64", () => {
    assert.ok(isNote(part(), note));
    assert.ok(isNote(part({ etag: "opaque" }), note), "under a KMS key no ETag is an MD5");
    assert.ok(isNote(part({ crc: undefined }), note));
    assert.ok(!isNote(part({ crc: undefined, etag: "0".repeat(32) }), note));
    assert.ok(!isNote(part({ number: 9_999 }), note));
  });

  it("is another's for another pin, cut, or anything that S3 takes when an upload begins", () => {
    const others: Partial<Staging>[] = [
      { pin: { etag: "f", text: "f" } },
      { pin: { version: "v", etag: "e", text: "v" } },
      { size: 20 * MiB + 1 },
      { cut: { blockSize: 16 * MiB, blocks: 2 } },
      { properties: { contentType: "text/plain", metadata: { a: "2" } } },
      { properties: { contentType: "text/html", metadata: { a: "1" } } },
    ];
    for (const over of others) {
      const other = noteOf({ ...staging, ...over });
      assert.notEqual(other.crc, note.crc, JSON.stringify(over));
      assert.ok(isSomeNote(part({ crc: other.crc })));
    }
    const md5 = { ...staging.properties, contentMd5: Buffer.alloc(16) };
    assert.equal(noteOf({ ...staging, properties: md5 }).crc, note.crc, "the MD5 is the bytes'");
  });

  it("is not a last part of another tool's upload", () => {
    assert.ok(!isSomeNote(part({ size: 5 * MiB })));
  });
});

describe("what S3 is told to copy", () => {
  it("names bucket, key, version and ETag, encoded", () => {
    const s3 = { origin: "https://s3", bucket: "b", region: "r" };
    const url = () => Promise.resolve("");
    const pin = { version: "v/1+", etag: "e", text: "v/1+" };
    assert.deepEqual(copySourceHeaders({ key: "a b/ü?c", pin, s3, url }), {
      "x-amz-copy-source": "/b/a%20b/%C3%BC%3Fc?versionId=v%2F1%2B",
      "x-amz-copy-source-if-match": '"e"',
    });
  });
});
