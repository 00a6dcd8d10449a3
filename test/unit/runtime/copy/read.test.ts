import assert from "node:assert/strict";
import { readInto } from "../../../../runtime/copy/read.ts";
import type { Range } from "../../../../runtime/stores/contract.ts";
import { FakeSource, never, type Call } from "../fakes.ts";

const body = Buffer.from("the quick brown fox jumps over the lazy dog");

describe("reading a range", () => {
  /** Breaks off after so many bytes in each of the first reads. */
  async function read(breaks: number[], range: Range) {
    const source = new FakeSource();
    const { pin } = source.put("k", body);
    source.wire.cutOff = () => breaks.shift();
    const into = Buffer.alloc(range.end - range.start);
    let bytes = 0;
    const onBytes = (more: number): void => void (bytes += more);
    await readInto({ source, key: "k", pin, onBytes }, range, into, never);
    return { into, bytes, calls: source.wire.calls };
  }

  it("goes on from the byte it had reached when the connection breaks", async () => {
    const { into, bytes, calls } = await read([5, 10], { start: 4, end: 40 });
    assert.equal(into.toString(), body.subarray(4, 40).toString());
    assert.deepEqual(
      calls.map(({ start }: Call) => start),
      [4, 9, 19],
    );
    assert.equal(bytes, 36);
  });

  it("gives up when five reads in a row bring nothing", async () => {
    await assert.rejects(read([0, 0, 0, 0, 0, 0], { start: 0, end: 4 }), /Truncated/);
  });
});
