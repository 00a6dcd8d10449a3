import assert from "node:assert/strict";
import { crc64 } from "../../../../runtime/checksum/crc64.ts";
import { readBlock } from "../../../../runtime/copy/read.ts";
import type { Range, Source } from "../../../../runtime/stores/contract.ts";
import { cloudError, never } from "../fakes.ts";

const body = Buffer.from("the quick brown fox jumps over the lazy dog");
const pin = { etag: "e", text: "e" };

/** Breaks off after `bytes` in each of the first reads. */
function flaky(breaks: number[]): { source: Source; asked: Range[] } {
  const asked: Range[] = [];
  const source: Source = {
    look: () => Promise.reject(new Error("not looked at")),
    async *read(_key, _pin, range) {
      asked.push(range);
      const bytes = breaks.shift();
      await Promise.resolve();
      yield body.subarray(range.start, Math.min(range.end, range.start + (bytes ?? Infinity)));
      if (bytes !== undefined) throw cloudError("s3", "s3:GetObject", "Network", 0);
    },
  };
  return { source, asked };
}

describe("reading a block", () => {
  it("goes on from the byte it had reached when the connection breaks", async () => {
    const { source, asked } = flaky([5, 10]);
    const block = await readBlock({ source, key: "k", pin }, { start: 4, end: 40 }, never);
    assert.equal(Buffer.concat(block.chunks).toString(), body.subarray(4, 40).toString());
    assert.equal(block.crc, crc64(body.subarray(4, 40)));
    assert.deepEqual(
      asked.map(({ start }) => start),
      [4, 9, 19],
    );
  });

  it("gives up when five reads in a row bring nothing", async () => {
    const { source, asked } = flaky([0, 0, 0, 0, 0, 0]);
    await assert.rejects(
      readBlock({ source, key: "k", pin }, { start: 0, end: 4 }, never),
      /Network/,
    );
    assert.equal(asked.length, 5);
  });
});
