import assert from "node:assert/strict";

import fc from "fast-check";

import { ALGORITHMS, newDigest } from "../../../../../local/aws/s3/checksums/algorithm.ts";
import type { Algorithm } from "../../../../../local/aws/s3/checksums/algorithm.ts";
import { combineCrc, compositeChecksum } from "../../../../../local/aws/s3/checksums/combine.ts";
import { declaredChecksums } from "../../../../../local/aws/s3/checksums/declared.ts";
import { readChecksumChoice } from "../../../../../local/aws/s3/multipart/create.ts";

function digest(algorithm: Algorithm | "MD5", ...pieces: (string | Uint8Array)[]): Buffer {
  const running = newDigest(algorithm);
  for (const piece of pieces) running.update(Buffer.from(piece));
  return running.result();
}

const from = (headers: Record<string, string>) => (name: string) => headers[name];

describe("Checksums", () => {
  it("are those of the catalogue of check values, whatever the pieces", () => {
    const check: Record<Algorithm, string> = {
      CRC32: "cbf43926",
      CRC32C: "e3069283",
      CRC64NVME: "ae8b14860a799888",
      SHA1: "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
      SHA256: "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    };
    for (const algorithm of ALGORITHMS) {
      assert.equal(digest(algorithm, "123456789").toString("hex"), check[algorithm]);
      assert.equal(digest(algorithm, "1234", "", "56789").toString("hex"), check[algorithm]);
    }
  });

  for (const algorithm of ["CRC32", "CRC32C", "CRC64NVME"] as const) {
    it(`of parts combine to the ${algorithm} of the whole`, () => {
      const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 });
      fc.assert(
        fc.property(pieces, (parts) => {
          const combined = combineCrc(
            algorithm,
            parts.map((part) => ({ checksum: digest(algorithm, part), size: part.length })),
          );
          assert.deepEqual(combined, digest(algorithm, Buffer.concat(parts)));
        }),
        { numRuns: 50 },
      );
    });
  }

  it("of 10,000 parts combine in well under a second", () => {
    const part = { checksum: digest("CRC64NVME", "x"), size: 8 * 1024 * 1024 };
    const started = performance.now();
    combineCrc(
      "CRC64NVME",
      Array.from({ length: 10_000 }, () => part),
    );
    assert.ok(performance.now() - started < 1000);
  });

  it("of checksums name the number of parts", () => {
    assert.match(compositeChecksum("MD5", [digest("MD5", "a")]), /^[0-9a-f]{32}-1$/);
    assert.match(
      compositeChecksum("SHA256", [digest("SHA256", "a"), digest("SHA256", "b")]),
      /=-2$/,
    );
  });
});

describe("What a request declares", () => {
  it("is read from headers and from the announced trailer", () => {
    const crc = digest("CRC32", "a").toString("base64");
    assert.deepEqual(declaredChecksums(from({ "x-amz-checksum-crc32": crc })), {
      algorithm: "CRC32",
      value: crc,
      trailing: false,
    });
    assert.deepEqual(declaredChecksums(from({ "x-amz-trailer": "x-amz-checksum-crc64nvme" })), {
      algorithm: "CRC64NVME",
      trailing: true,
    });
    assert.deepEqual(declaredChecksums(from({})), { trailing: false });
  });

  it("is refused when it is of the wrong length, unknown, or said twice", () => {
    const refused = (headers: Record<string, string>, code: string) =>
      assert.throws(() => declaredChecksums(from(headers)), { code });
    refused({ "content-md5": "abc" }, "InvalidDigest");
    refused({ "x-amz-checksum-crc32": "AAAAAAAAAAA=" }, "InvalidRequest");
    refused({ "x-amz-trailer": "x-amz-checksum-crc99" }, "InvalidRequest");
    refused(
      { "x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-crc32c": "AAAAAA==" },
      "InvalidRequest",
    );
  });

  it("for a multipart upload defaults to a full-object CRC64NVME and refuses forms that do not exist", () => {
    assert.deepEqual(readChecksumChoice(undefined, undefined), {
      algorithm: "CRC64NVME",
      checksumType: "FULL_OBJECT",
      algorithmGiven: false,
    });
    assert.equal(readChecksumChoice("CRC32", undefined).checksumType, "COMPOSITE");
    assert.equal(readChecksumChoice("crc32c", "FULL_OBJECT").checksumType, "FULL_OBJECT");
    assert.throws(() => readChecksumChoice("SHA256", "FULL_OBJECT"), { code: "InvalidRequest" });
    assert.throws(() => readChecksumChoice("CRC64NVME", "COMPOSITE"), { code: "InvalidRequest" });
  });
});
