import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { Postponed } from "../../../../runtime/errors.ts";
import { closeName, type ScanClose } from "../../../../runtime/scan/fleet/state.ts";
import { settledObjects } from "../../../../runtime/scan/progress.ts";
import { FleetWorld } from "./fleet-world.ts";

const NAME = fc
  .array(fc.constantFrom("a", "b", "0", "/", ".", "\\", "x/", "é"), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(""));

describe("scans by a fleet", () => {
  it("list once, settle in slices, and close when the sum is what was found", async () => {
    const world = new FleetWorld({ keys: 25, slice: 4 });
    world.copyOf("k0003");
    world.copyOf("k0004");
    world.send({ causeway: "scan", id: "s1" });
    await world.work(3);
    const closed = world.closed("s1");
    assert.equal(closed?.outcome, "complete");
    const [{ tally } = { tally: undefined }] = closed.targets;
    assert.equal(tally?.found.objects, 25);
    assert.equal(tally.states.unchanged.objects, 2);
    assert.equal(tally.states.copied.objects, 23);
    const slices = world.sent("slice").map(({ slice }) => slice);
    assert.ok(slices.length >= 6, "23 keys in slices of 4 at most");
    assert.equal(new Set(slices).size, slices.length);
    assert.deepEqual(world.copied(), world.keys());
    const last = world.lastStates();
    assert.equal(last.size, 25);
    assert.equal(last.get("k0003"), "unchanged");
    assert.ok(world.recorded.every(({ run }) => run === "s1"));
  });

  it("do not begin while the one before is settling: they are skipped, and that is recorded", async () => {
    const world = new FleetWorld({ keys: 9, slice: 4 });
    world.send({ causeway: "scan", id: "s1" });
    await world.handleNext();
    world.send({ causeway: "scan", id: "s2" });
    await world.handleNext((body) => body.causeway === "scan");
    assert.equal(world.closed("s2")?.outcome, "skipped");
    assert.match(world.closed("s2")?.reason ?? "", /s1 is still at work/);
    await world.work(2);
    assert.equal(world.closed("s1")?.outcome, "complete");
    world.send({ causeway: "scan", id: "s3" });
    await world.work(2);
    assert.equal(world.closed("s3")?.outcome, "complete");
    assert.equal(world.closed("s3")?.targets[0]?.tally.states.unchanged.objects, 9);
  });

  it("take the place of one that nobody has moved for a day", async () => {
    const world = new FleetWorld({ keys: 9, slice: 4 });
    world.send({ causeway: "scan", id: "s1" });
    await world.handleNext();
    world.queue.length = 0;
    world.clock += 25 * 3600_000;
    world.send({ causeway: "scan", id: "s2" });
    await world.work(1);
    assert.equal(world.closed("s2")?.outcome, "complete");
  });

  it("delete last what the source has lost, and hold that past the cap", async () => {
    for (const cap of [{}, { count: 1 }]) {
      const world = new FleetWorld({ keys: 6, slice: 4, deletes: "mirror", cap });
      for (const key of ["gone", "lost//too"]) world.leftOver(key);
      world.send({ causeway: "scan", id: "s1" });
      await world.work(2);
      const closed = world.closed("s1");
      assert.equal(closed?.targets[0]?.deletions.wanted, 2);
      if ("count" in cap) {
        assert.equal(closed.outcome, "held");
        assert.match(closed.reason ?? "", /2 deletions are more than the cap of 1/);
        assert.equal(world.copied().length, 8);
        assert.equal(closed.targets[0].deletions.states.held.objects, 2);
        const last = world.lastStates();
        assert.deepEqual([last.get("gone"), last.get("lost//too")], ["held", "held"]);
      } else {
        assert.equal(closed.outcome, "complete");
        assert.equal(closed.targets[0].deletions.states.deleted.objects, 2);
        assert.deepEqual(world.copied(), world.keys());
      }
    }
  });

  it("call a slice settled only once its lines are durable: a crash in between would lose them", async () => {
    const world = new FleetWorld({ keys: 3, slice: 4 });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    world.durable = promise.then(() => undefined);
    world.send({ causeway: "scan", id: "s1" });
    await world.handleNext();
    const settling = world.handleNext(({ causeway }) => causeway === "slice");
    // Where ranges are cut is a matter of samples: three keys may be two slices.
    while (world.recorded.length === 0) await turn();
    for (let turns = 0; turns < 50; turns += 1) await turn();
    assert.deepEqual(world.done("s1"), []);
    resolve(undefined);
    await settling;
    assert.equal(world.done("s1").length, 1);
  });

  it("wait whole while nothing may be copied, and go on where they were when it may", async () => {
    const world = new FleetWorld({ keys: 8, slice: 4 });
    world.postponed = new Postponed("BudgetExceeded", "all", "spent");
    world.send({ causeway: "scan", id: "s1" });
    for (let messages = 0; messages < 8; messages += 1) await world.handleNext();
    assert.equal(world.closed("s1"), undefined);
    assert.deepEqual(world.recorded, []);
    world.postponed = undefined;
    await world.work(2);
    assert.equal(world.closed("s1")?.outcome, "complete");
    assert.deepEqual(world.copied(), world.keys());
  });

  it("hold what alone is too dear, and close all the same", async () => {
    const world = new FleetWorld({ keys: 3, slice: 4 });
    world.postponed = new Postponed("BudgetExceeded", "one", "too dear");
    world.send({ causeway: "scan", id: "s1" });
    await world.work(1);
    assert.equal(world.closed("s1")?.targets[0]?.tally.states.held.objects, 3);
  });

  it("send slices again that nobody settled, and give them up in the end", async () => {
    const world = new FleetWorld({ keys: 8, slice: 4 });
    world.send({ causeway: "scan", id: "s1" });
    await world.handleNext();
    world.lose(({ causeway }) => causeway === "slice");
    await world.work(1, 40);
    assert.equal(world.closed("s1")?.outcome, "complete", "lost once: sent again");
    world.send({ causeway: "scan", id: "s2" });
    world.forgetCopies();
    world.losing = ({ causeway }) => causeway === "slice";
    await world.work(1, 40);
    assert.equal(world.closed("s2")?.outcome, "incomplete");
    assert.match(world.closed("s2")?.reason ?? "", /\d+ slices never ended, 8 keys/);
    world.losing = undefined;
    world.send({ causeway: "scan", id: "s3" });
    await world.work(1);
    assert.equal(world.closed("s3")?.outcome, "complete", "the next one is let in");
  });

  it("fail with the reason when a side cannot be listed, and let the next one in", async () => {
    const world = new FleetWorld({ keys: 8, slice: 4 });
    world.listingFails = true;
    world.send({ causeway: "scan", id: "s1" });
    await world.work(1);
    assert.equal(world.closed("s1")?.outcome, "failed");
    assert.match(world.closed("s1")?.reason ?? "", /AccessDenied/);
    assert.equal(world.dead.length, 1);
    world.listingFails = false;
    world.send({ causeway: "scan", id: "s2" });
    await world.work(1);
    assert.equal(world.closed("s2")?.outcome, "complete");
  });

  it("survive any crashes of any workers: every key is settled and counted once", async function () {
    this.timeout(60_000);
    const options = fc.record({
      keys: fc.uniqueArray(NAME, { maxLength: 30 }),
      others: fc.uniqueArray(NAME, { maxLength: 10 }),
      crashes: fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 8 }),
      workers: fc.integer({ min: 1, max: 3 }),
      kind: fc.constantFrom("azure-blob" as const, "s3" as const),
      targets: fc.integer({ min: 1, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ keys, others, crashes, workers, kind, targets }) => {
        const world = new FleetWorld({ keys, slice: 3, deletes: "mirror", kind, targets });
        keys.forEach((key, at) => at % 3 === 0 && world.copyOf(key));
        for (const other of others) if (!keys.includes(other)) world.leftOver(other);
        world.crashes.push(...crashes);
        world.send({ causeway: "scan", id: "s1" });
        await world.work(workers);
        const closed = world.closed("s1");
        assert.equal(closed?.outcome, "complete", closed?.reason ?? "not closed");
        assert.equal(closed.targets.length, targets);
        checkSums(closed, keys.length);
        const possible = keys.filter((key) => world.hasName(key));
        assert.deepEqual(world.copied(), possible.sort());
        assert.equal(world.lastStates().size, new Set([...keys, ...world.deleted()]).size);
      }),
      { numRuns: 60 },
    );
  });
});

function checkSums(closed: ScanClose, found: number): void {
  for (const { tally } of closed.targets) {
    assert.equal(tally.found.objects, found);
    assert.equal(settledObjects(tally), found);
  }
  assert.ok(closeName(closed.id).startsWith("scans/"));
}
