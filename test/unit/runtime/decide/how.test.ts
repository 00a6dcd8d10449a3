import assert from "node:assert/strict";
import { chooseHow, type HowOptions } from "../../../../runtime/decide/how.ts";
import type { SourceObject } from "../../../../runtime/stores/contract.ts";
import { sourceObject, without } from "../fakes.ts";

const MiB = 1024 * 1024;
const azure = { kind: "azure-blob", putLimit: 8 * MiB, putFromLimit: 256 * MiB } as const;

function how(over: Partial<SourceObject>, options: Partial<HowOptions> = {}): string {
  return from({ ...sourceObject("k", "body"), size: 20 * MiB, ...over }, options);
}

function from(object: SourceObject, options: Partial<HowOptions> = {}): string {
  const chosen = chooseHow(object, {
    wanted: "auto",
    notByUrl: undefined,
    md5: "trusted",
    target: azure,
    streamedBlock: 8 * MiB,
    ...options,
  });
  return `${chosen.by} ${chosen.cut}`;
}

describe("how an object travels", () => {
  it("is through us while that needs fewer requests, whole or in blocks, and by URL from there", () => {
    assert.equal(how({ size: MiB - 1 }), "stream whole");
    assert.equal(how({ size: MiB }), "url whole");
    assert.equal(how({ size: MiB - 1 }, { wanted: "url" }), "url whole");
    assert.equal(how({ size: 8 * MiB }, { wanted: "stream" }), "stream whole");
    assert.equal(how({ size: 8 * MiB + 1 }, { wanted: "stream" }), "stream blocks");
    assert.equal(how({ size: 257 * MiB }), "url blocks");
  });

  it("is through us where another cloud cannot read the source, and says why only where it was wanted", () => {
    const options: HowOptions = {
      wanted: "auto",
      notByUrl: "private",
      md5: "trusted",
      target: azure,
      streamedBlock: 8 * MiB,
    };
    const object = { ...sourceObject("k", "body"), size: 20 * MiB };
    assert.deepEqual(chooseHow(object, options), { by: "stream", cut: "blocks", why: "private" });
    const small = sourceObject("k", "body");
    assert.deepEqual(chooseHow(small, options), { by: "stream", cut: "whole", why: undefined });
  });

  it("is in one request to Azure only where that cannot commit anything but the pinned bytes", () => {
    const large = { ...sourceObject("k", "body"), size: 20 * MiB };
    const version = { version: "1", etag: "e-2", text: "1" };
    assert.equal(from(large, { md5: "not-trusted" }), "url blocks");
    assert.equal(from(without(large, "md5")), "url blocks");
    assert.equal(from(without(large, "md5", "crc64")), "url blocks");
    assert.equal(from({ ...without(large, "md5", "crc64"), pin: version }), "url whole");
    assert.equal(from({ ...without(large, "md5"), pin: version }), "url blocks");
  });

  it("is in one request between buckets, which takes a condition on the source", () => {
    const s3 = { ...azure, kind: "s3" } as const;
    assert.equal(
      from(without({ ...sourceObject("k", "b"), size: MiB }, "md5"), { target: s3 }),
      "url whole",
    );
  });
});
