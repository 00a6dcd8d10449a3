import assert from "node:assert/strict";
import { Leash } from "../../../service/operations/leash.ts";

function made() {
  const heard: string[] = [];
  const clock = { wall: 1_000_000, steady: 500 };
  const leash = new Leash(
    { onLoose: () => heard.push("loose"), onLost: () => heard.push("lost") },
    () => ({ ...clock }),
  );
  /** Time goes on by both clocks, or by one of them. */
  const pass = (ms: number, which: "both" | "wall" | "steady" = "both"): void => {
    if (which !== "steady") clock.wall += ms;
    if (which !== "wall") clock.steady += ms;
    leash.look();
  };
  return { leash, heard, pass };
}

describe("a child's leash", () => {
  it("holds as long as the parent is heard of", () => {
    const { leash, heard, pass } = made();
    leash.hold(30_000, 10_000);
    for (let i = 0; i < 10; i += 1) {
      pass(29_000);
      leash.pulled();
    }
    assert.deepEqual(heard, []);
  });

  it("asks for an end after a silence, once, and for force when the grace is over", () => {
    const { leash, heard, pass } = made();
    leash.hold(30_000, 10_000);
    pass(30_001);
    pass(9_000);
    assert.deepEqual(heard, ["loose"]);
    pass(1_001);
    assert.deepEqual(heard, ["loose", "lost"]);
  });

  it("is loose when either clock says so: one stands still in a machine that sleeps, the other may be set back", () => {
    for (const which of ["wall", "steady"] as const) {
      const { leash, heard, pass } = made();
      leash.hold(30_000, 10_000);
      pass(30_001, which);
      assert.deepEqual(heard, ["loose"], which);
    }
  });

  it("is loose at once when the parent is known to be gone", () => {
    const { leash, heard } = made();
    leash.hold(60_000, 60_000);
    leash.letGo();
    leash.letGo();
    assert.deepEqual(heard, ["loose"]);
  });
});
