import assert from "node:assert/strict";
import type { Reference } from "../../../../../runtime/stores/contract.ts";
import { whyUnreadable } from "../../../../../runtime/stores/azure/addressable.ts";

const reference = (origin: string, key = "a/b c+ü.csv"): Reference => ({
  key,
  pin: { etag: "e", text: "e" },
  url: () => Promise.reject(new Error("asked for a URL")),
  s3: { origin, bucket: "bucket", region: "eu-west-1" },
});
const why = (origin: string, key?: string): string | undefined =>
  whyUnreadable(reference(origin, key), false);

describe("whether Azure can read a source by itself", () => {
  it("is open for public endpoints", () => {
    for (const origin of [
      "https://bucket.s3.eu-west-1.amazonaws.com",
      "https://oss-eu-central-1.aliyuncs.com",
      "https://8.8.8.8:9000",
      "https://172.32.0.1",
      "https://[2606:4700::1]",
    ]) {
      assert.equal(why(origin), undefined, origin);
    }
  });

  it("is denied for endpoints that only we reach", () => {
    for (const origin of [
      "https://10.1.2.3",
      "https://172.16.0.1:9000",
      "https://192.168.1.1",
      "https://169.254.169.254",
      "https://100.64.0.1",
      "https://[fd00::1]",
      "https://[::ffff:10.0.0.1]",
      "https://minio",
      "https://minio.internal",
      "https://bucket.vpce-1a2b-3c4d.s3.eu-west-1.vpce.amazonaws.com",
    ]) {
      assert.match(why(origin) ?? "", /private address/, origin);
    }
    assert.match(why("http://s3.example.com") ?? "", /not https/);
  });

  it("is open for this machine only where the target is on it too", () => {
    for (const origin of ["http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000"]) {
      assert.match(why(origin) ?? "", /on this machine/, origin);
      assert.equal(whyUnreadable(reference(origin), true), undefined, origin);
    }
  });

  it("is denied for names that would be bent on the way", () => {
    const origin = "https://s3.example.com";
    for (const key of [
      "a/../b",
      "./a",
      "a/b.",
      "a./b",
      "/a",
      "a//b",
      "a\\b",
      "a\u0001",
      "a\u007f",
    ]) {
      assert.match(why(origin, key) ?? "", /change the source's name/, key);
    }
    for (const key of ["a/.b", "a..b/c", ".hidden", "a/b/", "%2F", "😀"]) {
      assert.equal(why(origin, key), undefined, key);
    }
  });

  it("is denied for names whose URL would be longer than 2 KiB", () => {
    assert.equal(why("https://s3.example.com", "x".repeat(1000)), undefined);
    assert.match(
      why("https://s3.example.com", "é".repeat(500)) ?? "",
      /longer than the 2048 bytes/,
    );
  });
});
