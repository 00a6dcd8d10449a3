import assert from "node:assert/strict";
import fc from "fast-check";
import { compareKeys, type Counts, type Difference } from "../../../../runtime/scan/compare.ts";
import { POLICY, World } from "./world.ts";

const NAME = fc
  .array(fc.constantFrom("a", "b", "0", "/", ".", "\\", "-", "x/", "é", "\uff5e", "😀"), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => parts.join(""));

describe("comparing", () => {
  it("counts every key once, whatever order the target lists its names in", async () => {
    const keys = fc.uniqueArray(NAME, { maxLength: 30 });
    const kind = fc.constantFrom("azure-blob" as const, "s3" as const);
    const disorder = fc.option(fc.infiniteStream(fc.nat()));
    await fc.assert(
      fc.asyncProperty(keys, keys, kind, disorder, async (names, others, of, random) => {
        const world = new World(of, names);
        names.forEach((key, at) => {
          if (at % 3 === 1) world.put(key, at + 1, `e${at}`);
          if (at % 3 === 2) world.put(key, at + 1, "another");
        });
        for (const other of others) if (!world.source.has(other)) world.put(other, 1, "x");
        const { expected, extras } = truth(world);
        const target = [...world.target.values()];
        if (random !== null) target.sort(() => Number(random.next().value) % 2 || -1);
        // Ranges are only of use where there is an order.
        const counts = await compareKeys(
          random === null
            ? world.options()
            : world.options({ width: 1 }, { target, order: "as given" }),
        );
        assert.deepEqual(objectsOf(counts), { ...expected, "only-target": extras, skipped: 0 });
      }),
      { numRuns: 300 },
    );
  });

  it("tells each difference and why", async () => {
    const world = new World("azure-blob", ["changed", "new", "same"]);
    world.put("changed", 9, "e0");
    world.put("same", 3, "e2");
    world.put("gone", 5, "x");
    const found: Difference[] = [];
    const counts = await compareKeys({
      ...world.options(),
      difference: (difference) => void found.push(difference),
    });
    assert.deepEqual(
      found.map(({ verdict, key, reason, sourceSize, targetSize }) => [
        verdict,
        key,
        reason,
        sourceSize,
        targetSize,
      ]),
      [
        ["differs", "changed", "the target has 9 bytes", 1, 9],
        ["only-source", "new", "absent at the target", 2, undefined],
        ["only-target", "gone", "absent at the source", undefined, 5],
      ],
    );
    assert.deepEqual(counts.same, { objects: 1, bytes: 3 });
    assert.deepEqual(counts["only-target"], { objects: 1, bytes: 5 });
  });

  it("leaves out on both sides what the filter leaves out", async () => {
    const world = new World("azure-blob", ["a.log", "b.txt"]);
    world.put("c.log", 1, "x");
    const policy = { ...POLICY, scope: { ...POLICY.scope, exclude: [/\.log$/] } };
    const counts = await compareKeys({ ...world.options(), policy });
    assert.deepEqual(objectsOf(counts), {
      same: 0,
      differs: 0,
      "only-source": 1,
      "only-target": 0,
      skipped: 1,
    });
  });

  it("ends with the error of a listing that fails", async () => {
    const world = new World("azure-blob", ["a"]);
    const options = world.options();
    const store = {
      ...options.target.store,
      list: () => ({
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.reject(new Error("no such container")),
        }),
      }),
    };
    await assert.rejects(
      compareKeys({ ...options, target: { ...options.target, store } }),
      /no such container/,
    );
  });
});

function truth(world: World) {
  const expected = { same: 0, differs: 0, "only-source": 0 };
  const names = new Set(world.target.keys());
  for (const [key, { size, etag }] of world.source) {
    const name = world.mapping.name(key);
    const target = name.ok ? world.target.get(name.name) : undefined;
    if (name.ok) names.delete(name.name);
    if (target === undefined) expected["only-source"] += 1;
    else if (target.size === size && target.etag === `"${etag}"`) expected.same += 1;
    else expected.differs += 1;
  }
  return { expected, extras: names.size };
}

function objectsOf(counts: Counts): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).map(([verdict, { objects }]) => [verdict, objects]),
  );
}
