import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { combineAllCrc32, crc32ToS3Base64 } from "../../../../runtime/checksum/crc32.ts";

const bytes = fc.uint8Array({ maxLength: 300 });

describe("CRC-32", () => {
  it("of a whole follows from those of any parts, empty ones too", () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 8 }), (parts) => {
        const whole = combineAllCrc32(parts.map((p) => ({ crc: crc32(p), length: p.length })));
        assert.equal(whole, crc32(Buffer.concat(parts)));
      }),
    );
  });

  it("is written big-endian for S3", () => {
    assert.equal(crc32ToS3Base64(0xcbf43926), "y/Q5Jg==");
  });
});
