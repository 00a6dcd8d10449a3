import assert from "node:assert/strict";

import { addressOf } from "../../../../../local/aws/s3/address.ts";
import { checkDelete, checkWrite, readVerdict } from "../../../../../local/aws/s3/conditions.ts";
import { canonicalUserId, isBucketName, urlEncodeKey } from "../../../../../local/aws/s3/names.ts";
import { parseCopySource } from "../../../../../local/aws/s3/objects/copy-source.ts";
import { readTagHeader, readTagging } from "../../../../../local/aws/s3/objects/tags.ts";
import { OPERATIONS } from "../../../../../local/aws/s3/operations.ts";
import { readCopyRange, readRange } from "../../../../../local/aws/s3/range.ts";
import { route } from "../../../../../local/aws/s3/routing.ts";

const from = (headers: Record<string, string>) => (name: string) => headers[name];
const version = { etag: "abc", modified: Date.parse("2026-01-02T03:04:05.678Z"), marker: false };
const AT = "Fri, 02 Jan 2026 03:04:05 GMT";
const BEFORE = "Fri, 02 Jan 2026 03:04:04 GMT";

describe("Conditions of a read", () => {
  const verdict = (headers: Record<string, string>) => readVerdict(from(headers), version).kind;

  it("compare ETags with or without quotes, in lists, and by star", () => {
    assert.equal(verdict({ "if-match": '"abc"' }), "proceed");
    assert.equal(verdict({ "if-match": 'x, "abc"' }), "proceed");
    assert.equal(verdict({ "if-match": "*" }), "proceed");
    assert.equal(verdict({ "if-match": '"x"' }), "failed");
    assert.equal(verdict({ "if-none-match": "abc" }), "not-modified");
    assert.equal(verdict({ "if-none-match": '"x"' }), "proceed");
  });

  it("compare dates by whole seconds", () => {
    assert.equal(verdict({ "if-modified-since": AT }), "not-modified");
    assert.equal(verdict({ "if-modified-since": BEFORE }), "proceed");
    assert.equal(verdict({ "if-unmodified-since": AT }), "proceed");
    assert.equal(verdict({ "if-unmodified-since": BEFORE }), "failed");
    assert.equal(verdict({ "if-modified-since": "yesterday" }), "proceed");
  });

  it("let ETags outweigh dates", () => {
    assert.equal(verdict({ "if-match": "abc", "if-unmodified-since": BEFORE }), "proceed");
    assert.equal(verdict({ "if-none-match": "abc", "if-modified-since": BEFORE }), "not-modified");
    assert.equal(verdict({ "if-none-match": "x", "if-modified-since": AT }), "proceed");
  });
});

describe("Conditions of a write", () => {
  const write = (headers: Record<string, string>, current?: typeof version) => () =>
    checkWrite(from(headers), "key", current);

  it("let If-None-Match: * through only where nothing is", () => {
    assert.throws(write({ "if-none-match": "*" }, version), { code: "PreconditionFailed" });
    assert.doesNotThrow(write({ "if-none-match": "*" }));
    assert.doesNotThrow(write({ "if-none-match": "*" }, { ...version, marker: true }));
    assert.throws(write({ "if-none-match": '"abc"' }), { code: "NotImplemented" });
  });

  it("let If-Match through only on that very object", () => {
    assert.doesNotThrow(write({ "if-match": '"abc"' }, version));
    assert.throws(write({ "if-match": '"x"' }, version), { code: "PreconditionFailed" });
    assert.throws(write({ "if-match": '"abc"' }), { code: "NoSuchKey" });
    assert.throws(write({ "if-match": '"abc"' }, { ...version, marker: true }), {
      code: "NoSuchKey",
    });
  });

  it("guard deletes too", () => {
    assert.doesNotThrow(() => checkDelete("*", "key", version));
    assert.throws(() => checkDelete("x", "key", version), { code: "PreconditionFailed" });
    assert.doesNotThrow(() => checkDelete(undefined, "key", undefined));
  });
});

describe("A range", () => {
  it("is what it says, cut at the end", () => {
    assert.deepEqual(readRange("bytes=0-9", 100), { start: 0, end: 10 });
    assert.deepEqual(readRange("bytes=90-200", 100), { start: 90, end: 100 });
    assert.deepEqual(readRange("bytes=5-", 100), { start: 5, end: 100 });
    assert.deepEqual(readRange("bytes=-5", 100), { start: 95, end: 100 });
    assert.deepEqual(readRange("bytes=-500", 100), { start: 0, end: 100 });
  });

  it("is ignored where S3 serves the whole", () => {
    for (const header of [undefined, "bytes=0-1,3-4", "lines=0-1", "bytes=9-5", "bytes=-", "0-5"]) {
      assert.equal(readRange(header, 100), undefined, header);
    }
  });

  it("is refused where no byte lies in it", () => {
    for (const [header, size] of [
      ["bytes=100-", 100],
      ["bytes=0-", 0],
      ["bytes=-0", 100],
      ["bytes=-1", 0],
    ] as const) {
      assert.throws(() => readRange(header, size), { code: "InvalidRange" }, header);
    }
  });

  it("of a copied part must lie within the source", () => {
    assert.deepEqual(readCopyRange("bytes=0-99", 100), { start: 0, end: 100 });
    assert.deepEqual(readCopyRange(undefined, 100), { start: 0, end: 100 });
    for (const header of ["bytes=0-100", "bytes=5-", "bytes=-5", "0-5"]) {
      assert.throws(() => readCopyRange(header, 100), { code: "InvalidArgument" }, header);
    }
  });
});

describe("The address of a request", () => {
  it("is in the path", () => {
    assert.deepEqual(addressOf("127.0.0.1:4566", "/"), {});
    assert.deepEqual(addressOf("127.0.0.1:4566", "/b?list-type=2"), { bucket: "b" });
    assert.deepEqual(addressOf("localhost:4566", "/b/"), { bucket: "b" });
    assert.deepEqual(addressOf("s3.eu-west-1.amazonaws.com", "/b/k"), { bucket: "b", key: "k" });
  });

  it("is in the host", () => {
    for (const host of [
      "my.bucket.s3.localhost:4566",
      "my.bucket.localhost:4566",
      "my.bucket.s3.eu-west-1.amazonaws.com",
      "my.bucket.s3-eu-west-1.amazonaws.com",
      "my.bucket.s3.amazonaws.com",
      "my.bucket.s3.dualstack.eu-west-1.amazonaws.com",
    ]) {
      assert.deepEqual(addressOf(host, "/a/b"), { bucket: "my.bucket", key: "a/b" }, host);
    }
    assert.deepEqual(addressOf("s3.localhost:4566", "/b/k"), { bucket: "b", key: "k" });
  });

  it("keeps dots, empty segments and odd characters of a key", () => {
    assert.equal(addressOf("h", "/b/a/../b//c").key, "a/../b//c");
    assert.equal(addressOf("h", "/b//").key, "/");
    assert.equal(addressOf("h", "/b/%C3%BC%2B+%25").key, "ü+ %");
    assert.throws(() => addressOf("h", "/b/%ff"), { code: "InvalidURI" });
  });
});

describe("The operation of a request", () => {
  const of = (method: string, query: string[] = [], key?: string, copies = false) =>
    route(
      method,
      key === undefined ? { bucket: "b" } : { bucket: "b", key },
      new Set(query),
      copies,
    );

  it("is named as IAM and the SDKs name it", () => {
    assert.equal(route("GET", {}, new Set(), false), "ListBuckets");
    assert.equal(of("GET"), "ListObjects");
    assert.equal(of("GET", ["list-type", "prefix"]), "ListObjectsV2");
    assert.equal(of("PUT", ["notification"]), "PutBucketNotificationConfiguration");
    assert.equal(of("GET", ["publicAccessBlock"]), "GetPublicAccessBlock");
    assert.equal(of("GET", ["inventory"]), "ListBucketInventoryConfigurations");
    assert.equal(of("GET", ["inventory", "id"]), "GetBucketInventoryConfiguration");
    assert.equal(of("PUT", ["x-id"], "k"), "PutObject");
    assert.equal(of("PUT", [], "k", true), "CopyObject");
    assert.equal(of("PUT", ["partNumber", "uploadId"], "k", true), "UploadPartCopy");
    assert.equal(of("GET", ["partNumber"], "k"), "GetObject");
  });

  it("is none for what is not implemented, rather than the plain operation", () => {
    assert.equal(of("GET", ["retention"], "k"), undefined);
    assert.equal(of("PUT", ["legal-hold"], "k"), undefined);
    assert.equal(of("PUT", ["renameObject"], "k"), undefined);
    assert.equal(of("PATCH", [], "k"), undefined);
  });

  it("has an implementation for every document that a bucket keeps", () => {
    for (const kind of [
      "acl",
      "cors",
      "encryption",
      "lifecycle",
      "notification",
      "policy",
      "tagging",
      "versioning",
      "website",
      "replication",
      "logging",
      "accelerate",
      "requestPayment",
      "object-lock",
      "ownershipControls",
      "publicAccessBlock",
      "policyStatus",
      "location",
    ]) {
      const name = of("GET", [kind]);
      assert.ok(
        name !== undefined && Object.hasOwn(OPERATIONS, name),
        `${kind}: ${name ?? "no route"}`,
      );
    }
  });
});

describe("Names", () => {
  it("of buckets follow S3's rules", () => {
    for (const name of ["abc", "a.b-c", "1bucket", "a".repeat(63)])
      assert.ok(isBucketName(name), name);
    for (const name of [
      "ab",
      "Abc",
      "a_b",
      "a..b",
      "-ab",
      "ab-",
      "192.168.1.1",
      "xn--a",
      "a-s3alias",
      "a".repeat(64),
      "",
    ]) {
      assert.ok(!isBucketName(name), name);
    }
  });

  it("are URL-encoded as in events and listings", () => {
    assert.equal(urlEncodeKey("a b/ü+&(1)~*.txt"), "a+b/%C3%BC%2B%26%281%29%7E*.txt");
  });

  it("of an owner are 64 hex digits, always the same", () => {
    assert.match(canonicalUserId("123456789012"), /^[0-9a-f]{64}$/);
    assert.equal(canonicalUserId("1"), canonicalUserId("1"));
  });

  it("of a copy source are decoded, with the version id apart", () => {
    assert.deepEqual(parseCopySource("/b/a%20b+c%2B%3F"), { bucket: "b", key: "a b c+?" });
    assert.deepEqual(parseCopySource("b/k?versionId=v1"), {
      bucket: "b",
      key: "k",
      versionId: "v1",
    });
    assert.throws(() => parseCopySource("b"), { code: "InvalidArgument" });
  });
});

describe("Tags", () => {
  it("are read from the header and from the document", () => {
    assert.deepEqual(readTagHeader("a=1&b%20c=d+e"), { a: "1", "b c": "d e" });
    const xml =
      "<Tagging><TagSet><Tag><Key>k</Key><Value>v &amp; w</Value></Tag></TagSet></Tagging>";
    assert.throws(() => readTagging(xml, "object"), { code: "InvalidTag" });
    assert.deepEqual(readTagging(xml.replace(" &amp; w", ""), "object"), { k: "v" });
  });

  it("are refused when there are too many, twice the same, reserved or too long", () => {
    const eleven = Array.from({ length: 11 }, (_, n) => `k${n}=v`).join("&");
    assert.throws(() => readTagHeader(eleven), { code: "BadRequest" });
    assert.throws(() => readTagHeader("a=1&a=2"), { code: "InvalidTag" });
    assert.throws(() => readTagHeader("aws:x=1"), { code: "InvalidTag" });
    assert.throws(() => readTagHeader(`${"k".repeat(129)}=1`), { code: "InvalidTag" });
    assert.throws(() => readTagging("<Tagging/>", "object"), { code: "MalformedXML" });
  });
});
