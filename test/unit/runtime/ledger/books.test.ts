import assert from "node:assert/strict";
import fc from "fast-check";
import { Books, noTotals, type BooksLine as Line } from "../../../../runtime/ledger/books.ts";
import { states } from "../../../../runtime/ledger/entry.ts";

const line = fc.record({
  key: fc.constantFrom("a", "b", "c", "d/e", "ü"),
  target: fc.constantFrom("azure", "other"),
  // Few moments, so that lines tie.
  at: fc.integer({ min: 0, max: 5 }).map((ms) => new Date(ms).toISOString()),
  size: fc.option(fc.integer({ min: 0, max: 1e12 })),
  state: fc.constantFrom(...states),
  class: fc.constantFrom(null, "AccessDenied", "InvalidName"),
  action: fc.constantFrom(null, "s3:GetObject"),
  reason: fc.constant(null),
}) satisfies fc.Arbitrary<Line>;

/** The same rule in the plainest words: the latest line about a key and target, of equals the last one read. */
function plainly(lines: Line[]): Line[] {
  const last = new Map<string, Line>();
  for (const one of lines) {
    const name = JSON.stringify([one.target, one.key]);
    const known = last.get(name);
    if (known === undefined || known.at <= one.at) last.set(name, one);
  }
  return [...last.values()];
}

describe("the books of a run", () => {
  it("add up to the same as a map of the last line about each key and target", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        const books = new Books();
        for (const one of lines) books.enter(one);
        const expected = noTotals();
        for (const { state, size } of plainly(lines)) {
          for (const sum of [expected, expected[state]]) {
            sum.objects += 1;
            sum.bytes += size ?? 0;
          }
        }
        assert.deepEqual(books.totals(), expected);
      }),
    );
  });

  it("close: the states always add up to the objects, and the groups to what failed or is held", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        const books = new Books();
        for (const one of lines) books.enter(one);
        const totals = books.totals();
        const sum = states.reduce((all, state) => all + totals[state].objects, 0);
        assert.equal(sum, totals.objects);
        const grouped = books.failures().reduce((all, { objects }) => all + objects, 0);
        assert.equal(grouped, totals.failed.objects + totals.held.objects);
      }),
    );
  });

  it("do not change when a ledger file is read twice", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const once = new Books();
        const twice = new Books();
        for (const one of lines) once.enter(one);
        for (const one of [...lines, ...lines]) twice.enter(one);
        assert.deepEqual(twice.totals().objects, once.totals().objects);
      }),
    );
  });

  it("hold many more pairs than they began with room for", () => {
    const books = new Books();
    const at = new Date(0).toISOString();
    const common = { target: "t", at, state: "copied", class: null, action: null, reason: null };
    for (let n = 0; n < 20_000; n += 1) {
      books.enter({ ...common, key: `k${n}`, size: 2, state: "copied" });
    }
    assert.equal(books.pairs, 20_000);
    assert.deepEqual(books.totals().copied, { objects: 20_000, bytes: 40_000 });
  });

  it("know which of two lines about a key is the last word", () => {
    const books = new Books();
    const common = { target: "t", key: "k", size: 1, class: null, action: null, reason: null };
    const first = { ...common, at: new Date(1).toISOString(), state: "failed" as const };
    const second = { ...common, at: new Date(2).toISOString(), state: "copied" as const };
    books.enter(second);
    books.enter(first);
    assert.equal(books.isLast(first), false);
    assert.equal(books.isLast(second), true);
    assert.equal(books.isLast({ ...second, key: "never seen" }), false);
  });
});
