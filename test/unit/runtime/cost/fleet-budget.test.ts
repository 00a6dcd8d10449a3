import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { bookName, FleetBudget, type BudgetBook } from "../../../../runtime/cost/fleet-budget.ts";
import { Postponed } from "../../../../runtime/errors.ts";
import type { ScanObjects } from "../../../../runtime/scan/fleet/objects.ts";

type Store = Pick<ScanObjects, "find" | "replace">;

/** Objects as S3 keeps them, written on condition; each request takes a few turns. */
class Shelf implements Store {
  readonly #objects = new Map<string, { bytes: Buffer; etag: string }>();
  #etags = 0;
  writes = 0;

  async find(name: string) {
    await turn();
    return this.#objects.get(name);
  }

  async replace(name: string, bytes: Buffer, found: { etag: string } | undefined) {
    await turn();
    if (this.#objects.get(name)?.etag !== found?.etag) return undefined;
    const etag = `"${(this.#etags += 1)}"`;
    this.#objects.set(name, { bytes, etag });
    this.writes += 1;
    return etag;
  }

  book(month = "2026-11"): BudgetBook {
    const bytes = this.#objects.get(bookName(month))?.bytes;
    if (bytes === undefined) return { v: 1, month, spent: 0, granted: {} };
    return JSON.parse(bytes.toString()) as BudgetBook;
  }
}

/** A worker that spends exactly what it took. */
class Worker {
  readonly budget: FleetBudget;
  readonly #end = new AbortController();
  readonly #ended: Promise<void>;
  spent = 0;

  constructor(store: Store, name: string, limit: number, now: () => number = november) {
    this.budget = new FleetBudget({
      limit,
      worker: name,
      store,
      spent: () => this.spent,
      signal: this.#end.signal,
      onTrouble: (error) => assert.fail(String(error)),
      now,
      sleep: async (ms, signal) => {
        // A minute is the pause between two looks: here only its end is of interest.
        if (ms < 60_000) await turn();
        else await new Promise((_, reject) => signal.addEventListener("abort", reject));
      },
    });
    this.#ended = this.budget.run();
  }

  /** False: it was told to wait. */
  async copy(cost: number): Promise<boolean> {
    try {
      const release = await this.budget.take(cost, new AbortController().signal);
      this.spent += cost;
      release();
      return true;
    } catch (error) {
      if (error instanceof Postponed) return false;
      throw error;
    }
  }

  leave(): Promise<void> {
    this.#end.abort();
    return this.#ended;
  }
}

const november = (): number => Date.UTC(2026, 10, 21);

describe("a month's budget that workers share", () => {
  it("is never exceeded by the sum, whatever they take, whoever comes, ends or dies", async () => {
    const act = fc.record({
      worker: fc.nat(4),
      does: fc.constantFrom("copy", "copy", "copy", "copy", "end", "die"),
      cost: fc.double({ min: 0.0001, max: 3, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const shelf = new Shelf();
        const all: Worker[] = [];
        const at: (Worker | undefined)[] = [];
        const going: Promise<unknown>[] = [];
        for (const { worker, does, cost } of acts) {
          let one = at[worker];
          if (one === undefined) {
            one = new Worker(shelf, `w${all.length}`, 10);
            all.push(one);
            at[worker] = one;
          }
          if (does === "copy") going.push(one.copy(cost));
          else {
            at[worker] = undefined;
            if (does === "end") {
              await Promise.all(going.splice(0));
              await one.leave();
            }
          }
        }
        await Promise.all(going);
        const spent = all.reduce((sum, one) => sum + one.spent, 0);
        assert.ok(spent <= 10 + 1e-9, `Expected at most 10 dollars, got ${spent}`);
        const { spent: booked, granted } = shelf.book();
        const known = Object.values(granted).reduce((sum, one) => sum + one, booked);
        assert.ok(known >= spent - 1e-9, `${spent} are spent, ${known} are booked`);
      }),
      { numRuns: 200 },
    );
  });

  it("can be spent to the last percent by workers that take turns, with few writes of the book", async () => {
    const shelf = new Shelf();
    const workers = ["a", "b", "c"].map((name) => new Worker(shelf, name, 10));
    let copied = 0;
    for (let open = true; open;) {
      const done = await Promise.all(workers.map((one) => one.copy(0.001)));
      copied += done.filter(Boolean).length;
      open = done.some(Boolean);
    }
    assert.ok(copied >= 9_900, `${copied} of 10,000 objects at a tenth of a cent`);
    assert.ok(shelf.writes < 1_500, `${shelf.writes} writes`);
  });

  it("lets smaller objects pass beside one that is too dear, and holds all once next to nothing is left", async () => {
    const worker = new Worker(new Shelf(), "a", 10);
    assert.deepEqual(
      [await worker.copy(9), await worker.copy(2), await worker.copy(0.9), await worker.copy(0.2)],
      [true, false, true, false],
    );
    const { hold } = worker.budget;
    assert.equal(hold?.scope, "all");
    assert.match(
      hold.message,
      /^2026-11 may cost \$10\.00: \$9\.9\d of it is spent or set aside, and this object would cost about \$0\.20\. It waits until 2026-12-01, or until limits\.budgetUsd is raised\.$/,
    );
  });

  it("holds when a run of objects is too dear, since looking at ever more of them costs too", async () => {
    const worker = new Worker(new Shelf(), "a", 10);
    const holds: (string | undefined)[] = [];
    for (let object = 1; object <= 32; object += 1) {
      await worker.copy(11);
      holds.push(worker.budget.hold?.class);
    }
    assert.deepEqual(holds.slice(-2), [undefined, "BudgetExceeded"]);
  });

  it("begins anew with the month, and where the limit was raised", async () => {
    const shelf = new Shelf();
    let now = november();
    const worker = new Worker(shelf, "a", 10, () => now);
    assert.deepEqual([await worker.copy(9.95), await worker.copy(5)], [true, false]);
    const raised = new Worker(shelf, "b", 20, () => now);
    assert.equal(await raised.copy(5), true);
    now = Date.UTC(2026, 11, 1);
    assert.equal(worker.budget.hold, undefined);
    assert.equal(await worker.copy(5), true);
    assert.equal(shelf.book("2026-12").month, "2026-12");
  });

  it("has back from a worker that ends what it did not spend", async () => {
    const shelf = new Shelf();
    const first = new Worker(shelf, "a", 10);
    const release = await first.budget.take(9, new AbortController().signal);
    const second = new Worker(shelf, "b", 10);
    assert.equal(await second.copy(5), false);
    release();
    await first.leave();
    assert.deepEqual(shelf.book().granted, {});
    assert.equal(await second.copy(5), true);
  });
});
