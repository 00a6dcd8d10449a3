import assert from "node:assert/strict";
import { marksFromMetadata, toTargetProperties } from "../../../../runtime/decide/headers.ts";
import { sourceObject } from "../fakes.ts";

describe("what a target shows besides the bytes", () => {
  it("carries the content headers, without the coding of an upload", () => {
    const object = sourceObject("k", "body", {
      content: {
        contentType: "text/csv",
        contentEncoding: "aws-chunked,gzip",
        cacheControl: "no-cache",
        contentDisposition: "attachment",
        contentLanguage: "de",
      },
    });
    const mapped = toTargetProperties(object, "acme/exports");
    assert.ok(mapped.ok);
    assert.equal(mapped.properties.contentType, "text/csv");
    assert.equal(mapped.properties.contentEncoding, "gzip");
    assert.equal(mapped.properties.cacheControl, "no-cache");
    assert.equal(mapped.properties.contentDisposition, "attachment");
    assert.equal(mapped.properties.contentLanguage, "de");
  });

  it("carries a header that a blob cannot hold as metadata, and Expires, which Azure does not have", () => {
    const object = sourceObject("k", "body", {
      content: { contentDisposition: 'attachment; filename="ü.csv"', expires: "Thu, 01 Dec 2033" },
    });
    const mapped = toTargetProperties(object, "acme/exports");
    assert.ok(mapped.ok);
    assert.equal(mapped.properties.contentDisposition, undefined);
    assert.match(
      mapped.properties.metadata["causeway_content_disposition"] ?? "",
      /^=\?UTF-8\?B\?/,
    );
    assert.equal(mapped.properties.metadata["causeway_expires"], "Thu, 01 Dec 2033");
  });

  it("marks what was copied, so that the marks read back are the source's", () => {
    const object = sourceObject("k", "body");
    const mapped = toTargetProperties(object, "acme/exports");
    assert.ok(mapped.ok);
    assert.deepEqual(marksFromMetadata(mapped.properties.metadata), {
      pin: object.pin.text,
      size: 4,
      modified: object.modified,
      writer: "acme/exports",
    });
  });

  it("takes incomplete marks for none", () => {
    assert.equal(marksFromMetadata({ causeway_pin: "v1", causeway_size: "4" }), undefined);
  });

  it("refuses metadata that Azure has no room for, with the sizes", () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`${"-".repeat(30)}${index}`, "x"]),
    );
    const mapped = toTargetProperties(sourceObject("k", "body", { metadata }), "acme/exports");
    assert.ok(!mapped.ok);
    assert.equal(mapped.class, "MetadataTooLarge");
    assert.match(mapped.reason, /holds 8192 bytes of metadata, this one needs \d+/);
  });
});
