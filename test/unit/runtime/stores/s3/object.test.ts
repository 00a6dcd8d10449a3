import assert from "node:assert/strict";
import { describeObject } from "../../../../../runtime/stores/s3/object.ts";

const plain = {
  etag: '"900150983cd24fb0d6963f7d28e17f72"',
  "content-length": "3",
  "last-modified": "Sat, 31 Jan 2026 12:00:00 GMT",
};

describe("an S3 object's headers", () => {
  it("pin by version where there is one, else by ETag; the version null pins nothing", () => {
    assert.deepEqual(describeObject("k", { ...plain, "x-amz-version-id": "v1" }).pin, {
      version: "v1",
      etag: "900150983cd24fb0d6963f7d28e17f72",
      text: "v1",
    });
    const suspended = describeObject("k", { ...plain, "x-amz-version-id": "null" }).pin;
    assert.equal(suspended.version, undefined);
    assert.equal(suspended.text, "900150983cd24fb0d6963f7d28e17f72");
  });

  it("give an MD5 only where the ETag is one", () => {
    assert.equal(
      describeObject("k", plain).md5?.toString("hex"),
      "900150983cd24fb0d6963f7d28e17f72",
    );
    const multipart = { ...plain, etag: '"900150983cd24fb0d6963f7d28e17f72-2"' };
    assert.equal(describeObject("k", multipart).md5, undefined);
    const kms = { ...plain, "x-amz-server-side-encryption": "aws:kms" };
    assert.equal(describeObject("k", kms).md5, undefined);
  });

  it("give a CRC-64 only of the full object", () => {
    const crc = { ...plain, "x-amz-checksum-crc64nvme": "6QwzcQZGl6k=" };
    assert.ok(describeObject("k", { ...crc, "x-amz-checksum-type": "FULL_OBJECT" }).crc64);
    assert.equal(
      describeObject("k", { ...crc, "x-amz-checksum-type": "COMPOSITE" }).crc64,
      undefined,
    );
    const parts = { ...plain, "x-amz-checksum-crc64nvme": "6QwzcQZGl6k=-2" };
    assert.equal(describeObject("k", parts).crc64, undefined);
  });

  it("tell what is archived, and what has been restored", () => {
    const archived = { ...plain, "x-amz-storage-class": "DEEP_ARCHIVE" };
    assert.equal(describeObject("k", archived).archived, "DEEP_ARCHIVE");
    const restored = {
      ...archived,
      "x-amz-restore": 'ongoing-request="false", expiry-date="Fri, 01 Jan 2027 00:00:00 GMT"',
    };
    assert.equal(describeObject("k", restored).archived, undefined);
    const ongoing = { ...archived, "x-amz-restore": 'ongoing-request="true"' };
    assert.equal(describeObject("k", ongoing).archived, "DEEP_ARCHIVE");
  });

  it("tell of a restore under way, the storage class, and how many tags there are", () => {
    const plainly = describeObject("k", plain);
    assert.deepEqual(
      [plainly.restoring, plainly.storageClass, plainly.tagCount],
      [undefined, undefined, undefined],
    );
    const object = describeObject("k", {
      ...plain,
      "x-amz-storage-class": "GLACIER",
      "x-amz-restore": 'ongoing-request="true"',
      "x-amz-tagging-count": "2",
    });
    assert.deepEqual(
      [object.archived, object.restoring, object.storageClass, object.tagCount],
      ["GLACIER", true, "GLACIER", 2],
    );
  });

  it("give a CRC-32 only of the full object", () => {
    const crc = { ...plain, "x-amz-checksum-crc32": "NSRBwg==" };
    assert.equal(describeObject("k", crc).crc32, 0x352441c2);
    const composite = { ...crc, "x-amz-checksum-type": "COMPOSITE" };
    assert.equal(describeObject("k", composite).crc32, undefined);
    const parts = { ...plain, "x-amz-checksum-crc32": "NSRBwg==-2" };
    assert.equal(describeObject("k", parts).crc32, undefined);
  });

  it("decode metadata, whether S3 encoded it or a server sent UTF-8", () => {
    const raw = Buffer.from("naïve", "utf8").toString("latin1");
    const headers = { ...plain, "x-amz-meta-a": "=?UTF-8?B?bmHDr3Zl?=", "x-amz-meta-b": raw };
    assert.deepEqual(describeObject("k", headers).metadata, { a: "naïve", b: "naïve" });
  });
});
