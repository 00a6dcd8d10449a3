import assert from "node:assert/strict";
import fc from "fast-check";
import {
  byPrefixes,
  compareNames,
  fromPoint,
  inRange,
} from "../../../../../runtime/stores/azure/list-range.ts";

const names = fc.string({ unit: fc.constantFrom("a", "b", "/", "-", "~", "é", "\uffee", "😀") });
const ranges = fc.record({
  prefix: fc.constantFrom("", "a", "a/"),
  after: fc.option(names, { nil: undefined }),
  upTo: fc.option(names, { nil: undefined }),
});

describe("the order of names", () => {
  it("is that of their UTF-8 bytes", () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        assert.equal(Math.sign(compareNames(a, b)), bytes);
      }),
    );
  });
});

describe("a range of names", () => {
  it("loses none of its names to the prefixes that it is listed by", () => {
    fc.assert(
      fc.property(ranges, names, (range, name) => {
        if (!inRange(name, range)) return;
        const spans = byPrefixes(range).filter(({ prefix }) => name.startsWith(prefix));
        assert.equal(spans.length, 1, `${name} is in ${spans.length} of the listings`);
      }),
    );
  });

  it("loses none of its names to the point that it is listed from", () => {
    fc.assert(
      fc.property(ranges, names, (range, name) => {
        if (!inRange(name, range)) return;
        const { prefix, startFrom } = fromPoint(range);
        assert.ok(name.startsWith(prefix));
        assert.ok(startFrom === undefined || compareNames(name, startFrom) >= 0);
      }),
    );
  });

  it("between two keys that differ late is listed by the few prefixes between them", () => {
    const range = { prefix: "data/", after: "data/0123x", upTo: "data/0126y" };
    assert.deepEqual(
      byPrefixes(range).map(({ prefix }) => prefix),
      ["data/0123", "data/0124", "data/0125", "data/0126"],
    );
    assert.deepEqual(fromPoint(range), { prefix: "data/012", startFrom: "data/0123x" });
  });
});
