import assert from "node:assert/strict";

import fc from "fast-check";

import { page } from "../../../../../local/aws/s3/listing/page.ts";
import type {
  Entry,
  Page,
  PageRequest,
  Position,
} from "../../../../../local/aws/s3/listing/page.ts";
import { successor } from "../../../../../local/aws/s3/names.ts";

interface Row {
  readonly key: string;
}

const byUtf8 = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A sorted list that answers as the index does. */
function seeker(keys: readonly string[], prefix: string) {
  const sorted = keys.filter((key) => key.startsWith(prefix)).sort(byUtf8);
  return (from: Position, limit: number): Row[] =>
    sorted
      .filter((key) => {
        const order = byUtf8(key, from.key);
        return from.kind === "at" ? order >= 0 : order > 0;
      })
      .slice(0, limit)
      .map((key) => ({ key }));
}

/** What a listing must show, said in the plainest way. */
function expected(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const shown = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : `${key.slice(0, at + delimiter.length)}*`;
    });
  return [...new Set(shown)].sort(byUtf8);
}

const shownAs = (entry: Entry<Row>) => (entry.kind === "row" ? entry.row.key : `${entry.prefix}*`);

const keyText = fc.string({
  unit: fc.constantFrom("a", "b", "/", "-", "é", "\uffff", "😀", "\u{10ffff}"),
  minLength: 1,
  maxLength: 6,
});

describe("A page of a listing", () => {
  it("shows, over all pages of any size, each key or common prefix once and in the order of UTF-8 bytes", () => {
    const delimiters = fc.constantFrom("", "/", "-", "//");
    const prefixes = fc.constantFrom("", "a", "a/", "é", "😀");
    fc.assert(
      fc.property(
        fc.uniqueArray(keyText, { maxLength: 30 }),
        prefixes,
        delimiters,
        fc.integer({ min: 1, max: 7 }),
        (keys, prefix, delimiter, max) => {
          const seen: string[] = [];
          for (let after: string | undefined = "", pages = 0; after !== undefined; pages += 1) {
            assert.ok(pages < 100, "the pages end");
            const request: PageRequest = {
              prefix,
              delimiter,
              max,
              ...(after ? { after: { key: after } } : {}),
            };
            const found: Page<Row> = page(request, seeker(keys, prefix));
            assert.ok(found.entries.length <= max);
            seen.push(...found.entries.map(shownAs));
            after = found.truncated ? shownAs(found.entries.at(-1)!).replace(/\*$/, "") : undefined;
          }
          assert.deepEqual(seen, expected(keys, prefix, delimiter));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("does not read the keys below a common prefix", () => {
    const keys = Array.from({ length: 5000 }, (_, n) => `a/${n}`).concat("b");
    let read = 0;
    const seek = seeker(keys, "");
    const found = page({ prefix: "", delimiter: "/", max: 1000 }, (from, limit) => {
      const rows = seek(from, limit);
      read += rows.length;
      return rows;
    });
    assert.deepEqual(found.entries.map(shownAs), ["a/*", "b"]);
    assert.ok(read <= 1002, `read ${read} rows`);
  });

  it("skips a common prefix when it continues inside it, as a marker of S3 does", () => {
    const request = { prefix: "", delimiter: "/", max: 10, after: { key: "a/5" } };
    const found = page(request, seeker(["a/1", "a/9", "b"], ""));
    assert.deepEqual(found.entries.map(shownAs), ["b"]);
  });

  it("is empty and not truncated when nothing may be shown", () => {
    const found = page({ prefix: "", delimiter: "", max: 0 }, seeker(["a"], ""));
    assert.deepEqual(found, { entries: [], truncated: false });
  });
});

describe("The successor of a prefix", () => {
  it("follows every string with that prefix and no other that follows the prefix", () => {
    fc.assert(
      fc.property(keyText, keyText, (prefix, other) => {
        const next = successor(prefix);
        const inside =
          byUtf8(prefix, other) <= 0 && (next === undefined || byUtf8(other, next) < 0);
        assert.equal(
          inside,
          other.startsWith(prefix) || (byUtf8(prefix, other) <= 0 && next === undefined),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("steps over the surrogates, which are no characters", () => {
    assert.equal(successor("\ud7ff"), "\ue000");
    assert.equal(successor("a\u{10ffff}"), "b");
    assert.equal(successor("\u{10ffff}"), undefined);
  });
});
