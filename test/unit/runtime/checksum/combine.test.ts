import assert from "node:assert/strict";
import fc from "fast-check";
import {
  combineAllCrc64,
  combineCrc64,
  fromAzureBase64,
  fromS3Base64,
  toAzureBase64,
  toS3Base64,
} from "../../../../runtime/checksum/combine.ts";
import { crc64 } from "../../../../runtime/checksum/crc64.ts";

const bytes = fc.uint8Array({ maxLength: 300 });

describe("CRC-64/NVME", () => {
  it("has the check value of its specification", () => {
    assert.equal(crc64(Buffer.from("123456789")), 0xae8b14860a799888n);
  });

  it("of nothing is zero", () => {
    assert.equal(crc64(), 0n);
    assert.equal(crc64(Buffer.alloc(0)), 0n);
  });

  it("does not depend on how the bytes were cut into chunks", () => {
    fc.assert(fc.property(bytes, bytes, (a, b) => crc64(a, b) === crc64(Buffer.concat([a, b]))));
  });

  it("of a whole follows from those of two parts", () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        assert.equal(combineCrc64(crc64(a), crc64(b), b.length), crc64(a, b));
      }),
    );
  });

  it("of a whole follows from those of any parts, empty ones too", () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 8 }), (parts) => {
        const whole = combineAllCrc64(parts.map((p) => ({ crc: crc64(p), length: p.length })));
        assert.equal(whole, crc64(...parts));
      }),
    );
  });

  it("combines associatively at lengths that no test could hold", () => {
    const crc = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
    const length = fc.integer({ min: 0, max: 2 ** 50 });
    fc.assert(
      fc.property(crc, crc, crc, length, length, (a, b, c, lb, lc) => {
        const left = combineCrc64(combineCrc64(a, b, lb), c, lc);
        assert.equal(left, combineCrc64(a, combineCrc64(b, c, lc), lb + lc));
      }),
    );
  });

  it("of a whole follows from those of two parts whose lengths have many bits", () => {
    const zeros = Buffer.alloc(1_234_567);
    const a = Buffer.from("some bytes");
    assert.equal(combineCrc64(crc64(a), crc64(zeros), zeros.length), crc64(a, zeros));
  });

  it("of fifty thousand blocks takes no time to speak of", () => {
    const parts = Array.from({ length: 50_000 }, (_, index) => ({
      crc: (BigInt(index) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn,
      length: 8 * 1024 * 1024,
    }));
    combineAllCrc64(parts.slice(0, 100));
    const began = process.cpuUsage();
    combineAllCrc64(parts);
    const { user, system } = process.cpuUsage(began);
    assert.ok(user + system < 200_000, `${user + system} microseconds`);
  });

  it("tells the order of parts", () => {
    const [a, b] = [Buffer.from("one"), Buffer.from("other")];
    assert.notEqual(combineCrc64(crc64(b), crc64(a), 3), crc64(a, b));
  });

  it("is written big-endian for S3 and little-endian for Azure", () => {
    const crc = fromS3Base64("6QwzcQZGl6k=");
    assert.ok(crc !== undefined);
    assert.equal(toAzureBase64(crc), "qZdGBnEzDOk=");
    assert.equal(toS3Base64(crc), "6QwzcQZGl6k=");
    assert.equal(fromAzureBase64("qZdGBnEzDOk="), crc);
  });

  it("is read from eight bytes and no others", () => {
    for (const text of [
      "",
      "6QwzcQZGlw==",
      "6QwzcQZGl6kA",
      "6QwzcQZGl6mp6Q==",
      "6QwzcQZGl6k=AAAA",
    ]) {
      assert.equal(fromS3Base64(text), undefined, text);
    }
  });
});
