import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeName, encodeName, toBlobName } from "../../../../runtime/decide/names.ts";

/** Keys made of what is awkward: separators, dots, percent signs, hex digits, controls, noncharacters. */
const awkward = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "/",
      ".",
      "%",
      "\\",
      "2",
      "F",
      "5",
      "C",
      "a",
      " ",
      "+",
      "\u0000",
      "\u007f",
      "\u0085",
    ),
    fc.constantFrom("\ue000", "\ufffe", "\ufdd0", "\u{1ffff}", "\u{10ffff}", "ü", "日", "😀"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 40,
});

describe("blob names", () => {
  it("decode to the key they were made from, whatever the key", () => {
    fc.assert(
      fc.property(awkward, (key) => decodeName(encodeName(key)) === key),
      { numRuns: 3000 },
    );
  });

  it("never hold what Azure changes, refuses or cannot tell apart", () => {
    fc.assert(
      fc.property(awkward, (key) => {
        const name = encodeName(key);
        assert.doesNotMatch(name, /[\\\u0000-\u001f\u007f-\u009f\ue000-\uf8ff\ufffe\uffff]/u);
        assert.doesNotMatch(name, /^\/|\/\/|\/$/);
        assert.doesNotMatch(name, /\.(?:\/|$)/);
      }),
      { numRuns: 3000 },
    );
  });

  for (const [key, name] of [
    ["plain/path/file.csv", "plain/path/file.csv"],
    ["with space+ü&日.csv", "with space+ü&日.csv"],
    ["100%.csv", "100%.csv"],
    ["a%20b", "a%2520b"],
    ["folder/", "folder%2F"],
    ["//a///b", "%2F%2Fa/%2F%2Fb"],
    ["a\\b", "a%5Cb"],
    ["trailing.", "trailing%2E"],
    ["../x/./y", ".%2E/x/%2E/y"],
    ["dot./", "dot%2E%2F"],
    ["line\nbreak", "line%0Abreak"],
    ["\ue000", "%EE%80%80"],
  ] as const) {
    it(`write ${JSON.stringify(key)} as ${name}`, () => {
      assert.equal(encodeName(key), name);
    });
  }

  it("are refused with a reason when they need more than 1,024 characters, counted after encoding", () => {
    assert.equal(toBlobName("x".repeat(1024)).ok, true);
    const long = toBlobName(`${"x".repeat(1022)}\\`);
    assert.deepEqual(long, {
      ok: false,
      class: "InvalidName",
      reason: "a blob's name holds 1024 characters, this one needs 1025",
    });
  });

  it("are refused when they have more than 254 segments", () => {
    assert.equal(toBlobName("a/".repeat(254) + "a").ok, false);
  });

  it("begin with the target's prefix, which is part of what is encoded", () => {
    assert.deepEqual(toBlobName("/k", "in/"), { ok: true, name: "in/%2Fk", encoded: true });
  });
});
