import assert from "node:assert/strict";
import { BadUsage } from "../../../cli/errors.ts";
import { exitOf } from "../../../cli/exit.ts";
import {
  parseCap,
  parseCount,
  parseDollars,
  parseDuration,
  parseMoment,
  parseSize,
  showBytes,
  showCount,
  showDuration,
} from "../../../cli/units.ts";

describe("units on the command line", () => {
  it("are read", () => {
    assert.equal(parseSize("8MiB"), 8 * 1024 * 1024);
    assert.equal(parseSize("1.5GB"), 1.5e9);
    assert.equal(parseSize("100"), 100);
    assert.equal(parseDuration("15m"), 900_000);
    assert.deepEqual(parseCap("10%"), { percent: 10 });
    assert.deepEqual(parseCap("250"), { count: 250 });
    assert.deepEqual(parseCap("0"), { count: 0 });
    assert.equal(parseCount("64"), 64);
    assert.equal(parseDollars("$12.50"), 12.5);
    const now = Date.parse("2026-01-10T00:00:00Z");
    assert.equal(parseMoment("7d", now), Date.parse("2026-01-03T00:00:00Z"));
    assert.equal(parseMoment("2026-01-01", now), Date.parse("2026-01-01T00:00:00Z"));
  });

  for (const [what, parse] of [
    ["8 mib", parseSize],
    ["-1", parseSize],
    ["15", parseDuration],
    ["0s", parseDuration],
    ["yesterday", parseMoment],
    ["101%", parseCap],
    ["1.5", parseCap],
    ["0", parseCount],
    ["5 EUR", parseDollars],
  ] as const) {
    it(`refuse ${what} with what is right`, () => {
      assert.throws(
        () => parse(what, 0),
        (error: unknown) => error instanceof BadUsage && error.message.includes("Expected"),
      );
    });
  }

  it("are shown with three digits at most", () => {
    assert.deepEqual([0, 999, 1_000, 12_345, 999_500, 1.5e9, 4.2e15].map(showBytes), [
      "0 B",
      "999 B",
      "1.00 kB",
      "12.3 kB",
      "1.00 MB",
      "1.50 GB",
      "4.20 PB",
    ]);
    assert.deepEqual([0, 999, 1_000, 1_234_567].map(showCount), ["0", "999", "1,000", "1,234,567"]);
    assert.deepEqual([400, 12_000, 200_000, 7_500_000, 273_600_000].map(showDuration), [
      "0.4 s",
      "12 s",
      "3 min 20 s",
      "2 h 05 min",
      "3 d 4 h",
    ]);
  });
});

describe("an exit code", () => {
  const fine = {
    failed: 0,
    held: 0,
    capped: false,
    budgetReached: false,
    interrupted: false,
    closed: true,
  };

  it("tells what stopped the run before what it left undone", () => {
    assert.equal(exitOf(fine), 0);
    assert.equal(exitOf({ ...fine, held: 1 }), 3);
    assert.equal(exitOf({ ...fine, capped: true }), 3);
    assert.equal(exitOf({ ...fine, failed: 1, held: 1 }), 1);
    assert.equal(exitOf({ ...fine, failed: 1, budgetReached: true }), 4);
    assert.equal(exitOf({ ...fine, failed: 1, interrupted: true }), 130);
  });

  it("is never 0 while the books are open", () => {
    assert.equal(exitOf({ ...fine, closed: false }), 1);
  });
});
