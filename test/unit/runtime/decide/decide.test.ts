import assert from "node:assert/strict";
import fc from "fast-check";
import { decide, decideByName, type Policy } from "../../../../runtime/decide/decide.ts";
import { compileScope } from "../../../../runtime/decide/filter.ts";
import { toBlobName } from "../../../../runtime/decide/names.ts";
import type { SourceSide, TargetSide } from "../../../../runtime/stores/contract.ts";
import { sourceObject } from "../fakes.ts";

const ignore: Policy = { scope: compileScope(""), deletes: "ignore", writer: "acme/exports" };
const mirror: Policy = { ...ignore, deletes: "mirror" };
const absent = { state: "absent" } as const;

const object = sourceObject("k", "body");
const present: SourceSide = { state: "present", object };

function written(over: Partial<TargetSide & { state: "present" }> = {}): TargetSide {
  const marks = {
    pin: object.pin.text,
    size: 4,
    modified: object.modified,
    writer: "acme/exports",
  };
  return { state: "present", etag: "e1", size: 4, marks, marksAre: "seen", ...over };
}

describe("a decision", () => {
  it("copies what the target lacks, on condition that it still lacks it", () => {
    const decision = decide(present, absent, ignore);
    assert.deepEqual(decision, { do: "copy", expecting: absent, reason: "absent at the target" });
  });

  it("copies over an older copy, on condition that it is still that one", () => {
    const older = written({
      marks: { pin: "old", size: 4, modified: object.modified, writer: "w" },
    });
    const decision = decide(present, older, ignore);
    const reason = "the target holds another version";
    assert.deepEqual(decision, { do: "copy", expecting: { state: "etag", etag: "e1" }, reason });
  });

  it("leaves a target that holds this very version", () => {
    assert.equal(decide(present, written(), ignore).do, "unchanged");
  });

  it("copies again when only Last-Modified is new: metadata may be", () => {
    const marks = {
      pin: object.pin.text,
      size: 4,
      modified: "2025-01-01T00:00:00.000Z",
      writer: "w",
    };
    assert.equal(decide(present, written({ marks }), ignore).do, "copy");
  });

  it("copies again when the target has been cut short behind its marks", () => {
    assert.equal(decide(present, written({ size: 3 }), ignore).do, "copy");
  });

  it("takes a foreign target for the same only by size and MD5", () => {
    const foreign = { marks: undefined, md5: object.md5! };
    assert.equal(decide(present, written(foreign), ignore).do, "unchanged");
    assert.equal(decide(present, written({ marks: undefined }), ignore).do, "copy");
    assert.equal(
      decide(present, written({ ...foreign, md5: Buffer.alloc(16) }), ignore).do,
      "copy",
    );
  });

  it("skips a deletion where deletes are ignored", () => {
    const decision = decide(absent, written(), ignore);
    assert.deepEqual(decision, { do: "skip", reason: "deletes are ignored" });
  });

  it("mirrors a deletion, on condition, and only of what this pipeline wrote", () => {
    const decision = decide(absent, written(), mirror);
    const reason = "absent at the source";
    assert.deepEqual(decision, { do: "delete", expecting: { state: "etag", etag: "e1" }, reason });
    const others = { pin: "p", size: 4, modified: "m", writer: "acme/other" };
    assert.equal(decide(absent, written({ marks: others }), mirror).do, "skip");
    assert.equal(decide(absent, written({ marks: undefined }), mirror).do, "skip");
  });

  it("holds what is archived, but not when the target has it", () => {
    const archived: SourceSide = { state: "present", object: { ...object, archived: "GLACIER" } };
    assert.equal(decide(archived, absent, ignore).do, "hold");
    assert.equal(decide(archived, written(), ignore).do, "unchanged");
  });

  it("skips by name before anything is asked of a cloud", () => {
    const policy = { ...ignore, scope: compileScope("in/", filter({ exclude: ["*.tmp"] })) };
    assert.equal(decideByName("out/x", toBlobName("out/x"), policy)?.do, "skip");
    assert.equal(decideByName("in/x.tmp", toBlobName("in/x.tmp"), policy)?.do, "skip");
    assert.equal(decideByName("in/x", toBlobName("in/x"), policy), undefined);
  });

  it("refuses a name that no blob can have", () => {
    const key = "x".repeat(1025);
    assert.equal(decideByName(key, toBlobName(key), ignore)?.do, "refuse");
  });

  it("skips by size", () => {
    const policy = { ...ignore, scope: compileScope("", filter({ minSize: 5 })) };
    assert.equal(decide(present, absent, policy).do, "skip");
  });
});

describe("a filter's globs", () => {
  for (const [glob, key, matches] of [
    ["*.csv", "a/b/c.csv", true],
    ["*.csv", "a/b/c.csv.gz", false],
    ["a/*.csv", "a/b/c.csv", false],
    ["a/**/*.csv", "a/c.csv", true],
    ["a/**/*.csv", "a/b/c/d.csv", true],
    ["a/**", "a/b/c", true],
    ["a/?.csv", "a/1.csv", true],
    ["a/(1)[x].csv", "a/(1)[x].csv", true],
    ["*.csv", "line\nbreak.csv", true],
  ] as const) {
    it(`${glob} ${matches ? "matches" : "does not match"} ${JSON.stringify(key)}`, () => {
      const scope = compileScope("", filter({ include: [glob] }));
      assert.equal(decideByName(key, toBlobName(key), { ...ignore, scope }) === undefined, matches);
    });
  }

  it("never throw, whatever the glob", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (glob) => {
        compileScope("", filter({ include: [glob] }));
      }),
    );
  });
});

function filter(over: { include?: string[]; exclude?: string[]; minSize?: number }) {
  return { include: [], exclude: [], ...over };
}
