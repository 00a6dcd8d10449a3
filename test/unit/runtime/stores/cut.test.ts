import assert from "node:assert/strict";
import fc from "fast-check";
import {
  BY_URL_TO_AZURE,
  cutOf,
  lengthOf,
  rangeOf,
  STREAMED_TO_AZURE,
} from "../../../../runtime/stores/cut.ts";

const TiB = 1024 ** 4;

describe("a cut", () => {
  it("covers every byte once, in blocks that Azure takes, for any size", () => {
    const rules = fc.constantFrom(STREAMED_TO_AZURE, BY_URL_TO_AZURE);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 * TiB }), rules, (size, rule) => {
        const cut = cutOf(size, rule);
        assert.ok(cut.blocks <= 50_000 && cut.blockSize <= 4000 * 1024 * 1024);
        const last = rangeOf(cut, size, cut.blocks - 1);
        assert.equal(last.end, size);
        assert.ok(last.start < size && lengthOf(cut, size, cut.blocks - 1) <= cut.blockSize);
      }),
    );
  });

  it("has no blocks for nothing", () => {
    assert.equal(cutOf(0).blocks, 0);
  });

  it("needs few requests where Azure reads, and little memory where we do", () => {
    assert.deepEqual(cutOf(1024 ** 3, BY_URL_TO_AZURE).blocks, 32);
    assert.deepEqual(cutOf(300 * 1024 ** 3).blockSize, 8 * 1024 * 1024);
    assert.deepEqual(cutOf(5 * TiB).blockSize, 128 * 1024 * 1024);
  });
});
