import assert from "node:assert/strict";
import { Budget } from "../../../../runtime/copy/budget.ts";
import { Interrupted } from "../../../../runtime/errors.ts";
import { never } from "../fakes.ts";

describe("a budget", () => {
  it("hands out what it has and makes the next wait, first come, first served", async () => {
    const budget = new Budget(10);
    const first = await budget.take(8, never);
    const order: string[] = [];
    const large = budget.take(6, never).then((release) => (order.push("large"), release));
    const small = budget.take(1, never).then((release) => (order.push("small"), release));
    await new Promise(setImmediate);
    assert.deepEqual(order, []);
    first();
    await Promise.all([large, small]);
    assert.deepEqual(order, ["large", "small"]);
    assert.equal(budget.free, 3);
  });

  it("gives all it has to one that wants more, and only when all is there", async () => {
    const budget = new Budget(10);
    const first = await budget.take(1, never);
    let got = false;
    const all = budget.take(1000, never).then((release) => ((got = true), release));
    await new Promise(setImmediate);
    assert.equal(got, false);
    first();
    (await all)();
    assert.equal(budget.free, 10);
  });

  it("takes a permit back once, however often it is given", async () => {
    const budget = new Budget(2);
    const release = await budget.take(1, never);
    release();
    release();
    assert.equal(budget.free, 2);
  });

  it("lets those who stop waiting go, and serves those behind them", async () => {
    const budget = new Budget(2);
    const first = await budget.take(1, never);
    const stop = new AbortController();
    const leaving = budget.take(2, stop.signal);
    const behind = budget.take(1, never);
    stop.abort();
    await assert.rejects(leaving, Interrupted);
    (await behind)();
    first();
    assert.equal(budget.free, 2);
  });
});
