import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import fc from "fast-check";
import { ChecksumTap, checkExpected } from "../../../../local/azure/front/checksum.ts";
import { Crc64 } from "../../../../local/azure/front/crc64.ts";
import type { StorageError } from "../../../../local/azure/front/errors.ts";

const crc64 = (text: string | Buffer) => new Crc64().update(Buffer.from(text)).toHeader();

async function pass(chunks: Buffer[], tap: ChecksumTap): Promise<Buffer> {
  const seen: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      seen.push(chunk);
      done();
    },
  });
  // What arrived before a failure matters as much as the failure.
  await pipeline(Readable.from(chunks), tap, sink).catch((error: unknown) => {
    throw Object.assign(error as Error, { seen: Buffer.concat(seen) });
  });
  return Buffer.concat(seen);
}

describe("CRC-64 in Azure's byte order", () => {
  it("is the reverse of S3's for the same bytes", () => {
    const check = Buffer.from("ae8b14860a799888", "hex");
    assert.equal(crc64("123456789"), check.reverse().toString("base64"));
    assert.equal(crc64(""), "AAAAAAAAAAA=");
  });

  it("does not depend on how the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const whole = crc64(Buffer.concat(chunks));
        const summed = chunks.reduce((sum, chunk) => sum.update(Buffer.from(chunk)), new Crc64());
        assert.equal(summed.toHeader(), whole);
      }),
    );
  });
});

describe("A checksum tap", () => {
  const chunks = ["ab", "cd", "ef"].map((text) => Buffer.from(text));

  it("lets a body through unchanged and knows its CRC-64 afterwards", async () => {
    const tap = new ChecksumTap();
    assert.equal((await pass(chunks, tap)).toString(), "abcdef");
    assert.equal(tap.crc64, crc64("abcdef"));
  });

  it("lets the end of a body through only when the expected sum is right", async () => {
    const md5 = createHash("md5").update("abcdef").digest("base64");
    assert.equal((await pass(chunks, new ChecksumTap({ md5 }))).toString(), "abcdef");
    const right = { crc64: crc64("abcdef") };
    assert.equal((await pass(chunks, new ChecksumTap(right))).toString(), "abcdef");
    for (const [expected, code] of [
      [{ crc64: crc64("abcdeF") }, "Crc64Mismatch"],
      [{ md5: createHash("md5").update("x").digest("base64") }, "Md5Mismatch"],
    ] as const) {
      const failure = pass(chunks, new ChecksumTap(expected));
      await assert.rejects(failure, (error: StorageError & { seen: Buffer }) => {
        assert.equal(error.code, code);
        assert.equal(error.seen.toString(), "abcd");
        return true;
      });
    }
  });

  it("refuses both sums at once, and sums that cannot be any", () => {
    const code = (expected: { md5?: string; crc64?: string }) => {
      try {
        checkExpected(expected, "x-ms-content-crc64");
      } catch (error) {
        return (error as StorageError).code;
      }
      return "accepted";
    };
    const md5 = createHash("md5").digest("base64");
    assert.equal(code({ md5, crc64: "AAAAAAAAAAA=" }), "BothCrc64AndMd5HeaderPresent");
    assert.equal(code({ md5: "AAAA" }), "InvalidMd5");
    assert.equal(code({ crc64: "AAAA" }), "InvalidHeaderValue");
    assert.equal(code({ md5 }), "accepted");
  });
});
