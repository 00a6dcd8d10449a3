import assert from "node:assert/strict";
import { parseAddress, showAddress } from "../../../cli/address/address.ts";
import { isUnclear, place, select } from "../../../cli/address/selection.ts";
import { BadUsage } from "../../../cli/errors.ts";

describe("an address on the command line", () => {
  it("names a bucket and a key, taken as written", () => {
    assert.deepEqual(parseAddress("s3://b.ucket/a b/%20/c"), {
      kind: "s3",
      bucket: "b.ucket",
      path: "a b/%20/c",
    });
    assert.deepEqual(parseAddress("s3://bucket"), { kind: "s3", bucket: "bucket", path: "" });
  });

  it("names a container of the environment's account, or of an account by its host", () => {
    assert.deepEqual(parseAddress("azure://landing/in/"), {
      kind: "azure",
      container: "landing",
      path: "in/",
    });
    assert.deepEqual(parseAddress("azure://acme.blob.core.windows.net/landing/in"), {
      kind: "azure",
      account: "acme",
      endpoint: "https://acme.blob.core.windows.net",
      container: "landing",
      path: "in",
    });
  });

  it("is a full URL with a SAS, decoded as a URL is", () => {
    assert.deepEqual(
      parseAddress("https://acme.blob.core.windows.net/landing/a%20b?sv=1&sig=x%3D"),
      {
        kind: "azure",
        account: "acme",
        endpoint: "https://acme.blob.core.windows.net",
        container: "landing",
        path: "a b",
        sas: "sv=1&sig=x%3D",
      },
    );
  });

  it("has the account in its path where the host is an address, as emulators have", () => {
    assert.deepEqual(parseAddress("http://127.0.0.1:10000/devstoreaccount1/landing/x/y?sig=z"), {
      kind: "azure",
      account: "devstoreaccount1",
      endpoint: "http://127.0.0.1:10000/devstoreaccount1",
      container: "landing",
      path: "x/y",
      sas: "sig=z",
    });
  });

  for (const [url, bucket, path, region] of [
    ["https://my.bucket.s3.eu-west-1.amazonaws.com/a/b", "my.bucket", "a/b", "eu-west-1"],
    ["https://s3.eu-west-1.amazonaws.com/bucket/a/b", "bucket", "a/b", "eu-west-1"],
    ["https://bucket.s3.amazonaws.com/", "bucket", "", undefined],
    ["https://bucket.s3.dualstack.us-east-2.amazonaws.com/x", "bucket", "x", "us-east-2"],
    ["https://bucket.s3.cn-north-1.amazonaws.com.cn/x", "bucket", "x", "cn-north-1"],
  ] as const) {
    it(`knows ${url} as Amazon's`, () => {
      assert.deepEqual(parseAddress(url), {
        kind: "s3",
        bucket,
        path,
        ...(region === undefined ? {} : { region }),
      });
    });
  }

  for (const text of [
    "bucket/key",
    "gs://bucket/key",
    "s3://",
    "azure://",
    "azure://Landing/x",
    "azure://landing/x?sig=abc",
    "https://example.com/bucket/key",
    "https://bucket.s3.eu-west-1.amazonaws.com/a?X-Amz-Signature=abc",
    "https://acme.blob.core.windows.net/",
    "https://acme.blob.core.windows.net/landing/%zz",
  ]) {
    it(`refuses ${text} with the forms there are`, () => {
      assert.throws(
        () => parseAddress(text),
        (error: unknown) => {
          assert.ok(error instanceof BadUsage);
          assert.match(error.message, /Addresses: s3:/);
          return true;
        },
      );
    });
  }

  it("never shows a SAS, neither of an address nor of what is none", () => {
    const sas = "sv=2024&sig=c2VjcmV0";
    assert.doesNotMatch(
      showAddress(parseAddress(`https://acme.blob.core.windows.net/landing/x?${sas}`)),
      /sig|c2Vj/,
    );
    assert.throws(
      () => parseAddress(`azure://acme.blob.core.windows.net/landing?${sas}`),
      (error: unknown) => error instanceof Error && !error.message.includes("c2Vj"),
    );
    assert.throws(
      () => parseAddress(`ftp://acme/landing?${sas}`),
      (error: unknown) => error instanceof Error && !error.message.includes("c2Vj"),
    );
  });
});

describe("what a source's path means", () => {
  const named = (path: string, exists: boolean, target: string, key: string): string => {
    const selection = select(path, exists);
    const { strip, prefix } = place(selection, target);
    const meant =
      selection.of === "object" ? key === selection.key : key.startsWith(selection.prefix);
    assert.ok(meant, `${key} is not meant by ${path}`);
    return prefix + key.slice(strip.length);
  };

  it("is everything below a folder, named from there", () => {
    assert.equal(named("", false, "", "a/b"), "a/b");
    assert.equal(named("a/", false, "", "a/b/c"), "b/c");
    assert.equal(named("a/", false, "in", "a/b/c"), "in/b/c");
    assert.equal(named("a/", false, "in/", "a/b/c"), "in/b/c");
    assert.equal(named("a", false, "in/", "a/b/c"), "in/b/c");
  });

  it("is all that begins alike, named from the last slash on", () => {
    assert.equal(named("logs/2026-*", false, "in", "logs/2026-01/x"), "in/2026-01/x");
    assert.equal(named("lo*", false, "", "logs/x"), "logs/x");
  });

  it("is one object where there is one, under the name that is given or its own in a folder", () => {
    assert.equal(named("a/b.gz", true, "in/c.gz", "a/b.gz"), "in/c.gz");
    assert.equal(named("a/b.gz", true, "in/", "a/b.gz"), "in/b.gz");
    assert.equal(named("a/b.gz", true, "", "a/b.gz"), "b.gz");
  });

  it("needs a look only where it may be either", () => {
    assert.deepEqual(["", "a/", "a*", "a"].map(isUnclear), [false, false, false, true]);
  });
});
