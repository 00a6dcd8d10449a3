import assert from "node:assert/strict";
import fc from "fast-check";
import { Buffers } from "../../../../runtime/copy/buffers.ts";
import { Interrupted } from "../../../../runtime/errors.ts";
import { never } from "../fakes.ts";

const KiB = 1024;

describe("pooled buffers", () => {
  it("are used again by whoever fits into one", async () => {
    const buffers = new Buffers(1024 * KiB);
    const first = await buffers.take(100 * KiB, never);
    buffers.give(first);
    assert.equal(await buffers.take(110 * KiB, never), first);
    assert.notEqual(await buffers.take(110 * KiB, never), first);
  });

  it("make the next wait when the budget is out, first come, first served", async () => {
    const buffers = new Buffers(256 * KiB);
    const first = await buffers.take(192 * KiB, never);
    const order: string[] = [];
    const large = buffers.take(128 * KiB, never).then((buffer) => (order.push("large"), buffer));
    const small = buffers.take(16 * KiB, never).then((buffer) => (order.push("small"), buffer));
    assert.equal(buffers.tryTake(16 * KiB), undefined);
    await new Promise(setImmediate);
    assert.deepEqual(order, []);
    buffers.give(first);
    await Promise.all([large, small]);
    assert.deepEqual(order, ["large", "small"]);
  });

  it("give all there is to one that wants more, and only when nothing else is out", async () => {
    const buffers = new Buffers(64 * KiB);
    const first = await buffers.take(1, never);
    let got = false;
    const all = buffers.take(1024 * KiB, never).then((buffer) => ((got = true), buffer));
    await new Promise(setImmediate);
    assert.equal(got, false);
    buffers.give(first);
    assert.equal((await all).length, 1024 * KiB);
  });

  it("let those who stop waiting go, and serve those behind them", async () => {
    const buffers = new Buffers(32 * KiB);
    const first = await buffers.take(16 * KiB, never);
    const stop = new AbortController();
    const leaving = buffers.take(32 * KiB, stop.signal);
    const behind = buffers.take(16 * KiB, never);
    stop.abort();
    await assert.rejects(leaving, Interrupted);
    buffers.give(await behind);
    buffers.give(first);
    assert.equal(buffers.out, 0);
  });

  it("never hold more memory than the budget, whatever sizes come and go", () => {
    const step = fc.record({ take: fc.boolean(), size: fc.integer({ min: 1, max: 200 * KiB }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffers = new Buffers(300 * KiB);
        const out: Buffer[] = [];
        for (const { take, size } of steps) {
          const buffer = take ? buffers.tryTake(size) : undefined;
          if (buffer !== undefined) {
            assert.ok(buffer.length >= size);
            out.push(buffer);
          } else {
            const back = out.pop();
            if (back !== undefined) buffers.give(back);
          }
          const held = out.reduce((sum, { length }) => sum + length, 0);
          assert.equal(buffers.out, held);
          assert.ok(buffers.allocated <= 300 * KiB || out.length === 1);
        }
      }),
    );
  });
});
