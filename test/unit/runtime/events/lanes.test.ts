import assert from "node:assert/strict";
import { Lanes } from "../../../../runtime/events/lanes.ts";

interface Look {
  readonly key: string;
  readonly hints: readonly number[];
  readonly end: (result: string) => void;
  readonly fail: (error: Error) => void;
}

function held(): { lanes: Lanes<number, string>; looks: Look[] } {
  const looks: Look[] = [];
  const lanes = new Lanes<number, string>(
    (key, hints) =>
      new Promise((end, fail) => {
        looks.push({ key, hints, end, fail });
      }),
  );
  return { lanes, looks };
}

describe("lanes", () => {
  it("look at one key once at a time, and share one look among the hints that came meanwhile", async () => {
    const { lanes, looks } = held();
    const first = lanes.run("k", 1);
    const others = [lanes.run("k", 2), lanes.run("k", 3)];
    assert.deepEqual(
      looks.map(({ hints }) => hints),
      [[1]],
    );
    looks[0]!.end("first");
    assert.equal(await first, "first");
    assert.deepEqual(
      looks.map(({ hints }) => hints),
      [[1], [2, 3]],
    );
    looks[1]!.end("second");
    assert.deepEqual(await Promise.all(others), ["second", "second"]);
    assert.equal(lanes.busy("k"), false);
  });

  it("never answer a hint with a look that began before it came", async () => {
    const { lanes, looks } = held();
    void lanes.run("k", 1);
    const late = lanes.run("k", 2);
    looks[0]!.end("old");
    await new Promise(setImmediate);
    looks[1]!.end("new");
    assert.equal(await late, "new");
  });

  it("look at different keys at the same time", () => {
    const { lanes, looks } = held();
    void lanes.run("a", 1);
    void lanes.run("b", 2);
    assert.equal(looks.length, 2);
  });

  it("go on after a look that failed", async () => {
    const { lanes, looks } = held();
    const first = lanes.run("k", 1);
    const second = lanes.run("k", 2);
    looks[0]!.fail(new Error("no"));
    await assert.rejects(first, /no/);
    looks[1]!.end("yes");
    assert.equal(await second, "yes");
  });
});
