import assert from "node:assert/strict";
import fc from "fast-check";
import type { Candidate } from "../../../../runtime/copy/work.ts";
import { newProgress, settledObjects } from "../../../../runtime/scan/progress.ts";
import { sweep, type SweepResult } from "../../../../runtime/scan/sweep.ts";
import { object } from "./listings.ts";
import { POLICY, World } from "./world.ts";

const NAME = fc
  .array(fc.constantFrom("a", "b", "0", "/", ".", "\\", "x/", "é", "\uff5e", "😀"), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join(""));

describe("a sweep", () => {
  it("settles what differs, records what does not, and deletes what the source has lost", async () => {
    for (const kind of ["azure-blob", "s3"] as const) {
      const world = new World(kind, ["a", "b/", "c//d", "same"]);
      world.put("same", 4, "e3");
      world.put("gone", 9, "x");
      world.put("gone//too", 9, "x");
      world.put("somebody-else's", 9, "x", "other/pipeline");
      const { tally, deletions } = await sweep(world.options());
      assert.deepEqual(world.settled.sort(), ["a", "b/", "c//d", "gone", "gone//too"]);
      assert.deepEqual(world.unchanged, ["same"]);
      assert.equal(tally.found.objects, 4);
      assert.equal(tally.found.bytes, 1 + 2 + 3 + 4);
      assert.equal(tally.states.copied.objects, 3);
      assert.equal(tally.states.unchanged.objects, 1);
      assert.equal(tally.states.deleted.objects, 2);
      assert.equal(deletions.wanted, 2);
      assert.equal(world.target.size, 5, kind);
    }
  });

  it("holds deletions past the cap and says which they would have been", async () => {
    for (const cap of [{ count: 1 }, { percent: 40 }]) {
      const world = new World("azure-blob", ["a", "b"]);
      for (const key of ["gone", "lost"]) world.put(key, 1, "x");
      world.put("a", 1, "e0");
      world.put("b", 2, "e1");
      const { tally, deletions } = await sweep(world.options({ cap }));
      assert.match(deletions.held ?? "", /2 deletions are .*more than the cap/);
      assert.deepEqual((await all(deletions.keys())).sort(), ["gone", "lost"]);
      assert.equal(tally.states.deleted.objects, 0);
      assert.equal(world.target.size, 4);
    }
  });

  it("leaves what only the target has alone where deletes are ignored", async () => {
    const world = new World("azure-blob", ["a"]);
    world.put("gone", 1, "x");
    const { deletions } = await sweep(world.options({ policy: { ...POLICY, deletes: "ignore" } }));
    assert.equal(deletions.wanted, 0);
    assert.equal(world.target.size, 2);
  });

  it("settles no more keys at once than it may, and lists no further while they are", async () => {
    const keys = Array.from({ length: 300 }, (_, at) => `k${String(at).padStart(4, "0")}`);
    const world = new World("azure-blob", keys);
    const progress = newProgress();
    let furthest = 0;
    const settle = async (candidate: Candidate) => {
      furthest = Math.max(furthest, progress.found.objects - settledObjects(progress));
      return world.settle(candidate);
    };
    await sweep(world.options({ objects: 4, width: 1, progress, settle }));
    assert.equal(world.most, 4);
    assert.ok(furthest <= 10, `${furthest} keys were found ahead of what was settled`);
    assert.equal(progress.listed, true);
    assert.equal(progress.inFlight, 0);
  });

  it("leaves out what the filter leaves out by settling it, not by comparing it", async () => {
    const world = new World("azure-blob", ["a.log", "b.txt"]);
    world.put("a.log", 1, "e0");
    world.put("b.txt", 2, "e1");
    const policy = { ...POLICY, scope: { ...POLICY.scope, exclude: [/^.*\.log$/] } };
    await sweep(world.options({ policy }));
    assert.deepEqual(world.unchanged, ["b.txt"]);
    assert.deepEqual(world.settled, ["a.log"]);
  });

  it("that died goes on from its checkpoint: nothing is lost, each key is counted once, and the target equals the source", async () => {
    const keys = fc.uniqueArray(NAME, { maxLength: 40 });
    const kind = fc.constantFrom("azure-blob" as const, "s3" as const);
    const deaths = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(keys, keys, kind, deaths, async (names, others, of, after) => {
        const world = new World(of, names);
        names.forEach((key, at) => at % 3 === 0 && world.put(key, at + 1, `e${at}`));
        for (const other of others) if (!world.source.has(other)) world.put(other, 1, "x");
        const gone = [...world.target.keys()].filter(
          (name) => !world.source.has(world.mapping.key(name) ?? ""),
        );
        for (const count of after) await dying(world, count);
        const { tally, deletions } = await sweep(world.options());
        assert.equal(tally.found.objects, names.length);
        assert.equal(settledObjects(tally), names.length);
        assert.equal(deletions.held, undefined);
        assert.ok(tally.states.deleted.objects <= gone.length);
        const expected = names
          .map((key) => world.mapping.name(key))
          .flatMap((name) => (name.ok ? [name.name] : []));
        assert.deepEqual([...world.target.keys()].sort(), expected.sort());
      }),
      { numRuns: 200 },
    );
  });

  it("does not take up the checkpoint of another scan, nor that of one which has ended", async () => {
    const world = new World("azure-blob", ["a"]);
    await sweep(world.options());
    world.source.set("b", object("b"));
    const { tally } = await sweep(world.options());
    assert.equal(tally.found.objects, 2);
    world.source.set("c", object("c"));
    await assert.rejects(dyingSweep(world, 0));
    const other = await sweep(world.options({ prefix: "b" }));
    assert.equal(other.tally.found.objects, 1);
  });
});

/** A sweep that is killed when so many keys have been settled, checkpoints being written all the time. */
async function dying(world: World, after: number): Promise<void> {
  await dyingSweep(world, after).catch(() => undefined);
}

function dyingSweep(world: World, after: number): Promise<SweepResult> {
  let settled = 0;
  const died = new Error("died");
  return sweep(
    world.options({
      checkpointMs: 0,
      objects: 3,
      settle: async (candidate) => {
        if (settled >= after) throw died;
        settled += 1;
        const state = await world.settle(candidate);
        // So that checkpoints get their turn.
        await new Promise((resolve) => setTimeout(resolve, 1));
        return state;
      },
    }),
  );
}

async function all(parts: AsyncIterable<readonly string[]>): Promise<string[]> {
  const keys: string[] = [];
  for await (const part of parts) keys.push(...part);
  return keys;
}
