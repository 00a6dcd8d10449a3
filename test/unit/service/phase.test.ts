import assert from "node:assert/strict";
import fc from "fast-check";
import { noTotals } from "../../../runtime/ledger/books.ts";
import {
  atRest,
  follow,
  verdict,
  type Change,
  type Look,
  type Phase,
} from "../../../service/runs/phase.ts";

const quietMs = 5_000;

function play(looks: Look[]): { phase: Phase; changes: Change[] } {
  let phase = atRest;
  const changes: Change[] = [];
  for (const look of looks) {
    const step = follow(phase, look, quietMs);
    phase = step.phase;
    changes.push(step.change);
  }
  return { phase, changes };
}

const look = (second: number, more: Partial<Look> = {}): Look => ({
  at: second * 1000,
  waiting: 0,
  entries: 0,
  readAll: true,
  ...more,
});

describe("a run's phases", () => {
  it("open with a hint in the queue and close when two looks and the quiet time saw nothing", () => {
    const { changes } = play([
      look(0),
      look(1, { waiting: 3 }),
      look(2, { entries: 3 }),
      look(3),
      look(4),
      look(7),
    ]);
    assert.deepEqual(changes, ["none", "opens", "none", "none", "none", "closes"]);
  });

  it("open with a ledger line whose hint came and went between two looks", () => {
    assert.deepEqual(play([look(0, { entries: 1 })]).changes, ["opens"]);
  });

  it("stay open while the queue cannot be asked: unknown is not empty", () => {
    const { phase } = play([
      look(0, { waiting: 1 }),
      ...[10, 20, 30].map((s) => look(s, { waiting: null })),
    ]);
    assert.equal(phase.open, true);
  });

  it("stay open while ledger files are unread", () => {
    const { phase } = play([
      look(0, { waiting: 1 }),
      look(10, { readAll: false }),
      look(20, { readAll: false }),
    ]);
    assert.equal(phase.open, true);
  });

  it("never close on a look that saw something, nor open without one, whatever is seen", () => {
    const looks = fc.array(
      fc.record({
        step: fc.integer({ min: 1, max: 9_000 }),
        waiting: fc.constantFrom(null, 0, 0, 2),
        entries: fc.constantFrom(0, 0, 0, 5),
        readAll: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(looks, (steps) => {
        let phase = atRest;
        let at = 0;
        let lastSeen = 0;
        let previousSeen = false;
        for (const { step, ...seen } of steps) {
          at += step;
          const saw = seen.entries > 0 || (seen.waiting ?? 0) > 0;
          const result = follow(phase, { at, ...seen }, quietMs);
          if (result.change === "opens") assert.ok(saw && !phase.open);
          if (result.change === "closes") {
            assert.ok(!saw && !previousSeen && seen.waiting === 0 && seen.readAll);
            assert.ok(at - lastSeen >= quietMs);
          }
          if (saw) lastSeen = at;
          previousSeen = saw;
          phase = result.phase;
        }
      }),
    );
  });

  it("end complete only when nothing failed or is held", () => {
    const totals = noTotals();
    assert.equal(verdict(totals), "complete");
    totals.held.objects = 1;
    assert.equal(verdict(totals), "incomplete");
  });
});
