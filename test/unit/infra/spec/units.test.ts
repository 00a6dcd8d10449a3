import assert from "node:assert/strict";
import fc from "fast-check";
import { isSchedule } from "../../../../infra/spec/schedule.ts";
import {
  bytes,
  bytesPerSecond,
  Cap,
  capOf,
  Duration,
  milliseconds,
  Rate,
  Size,
} from "../../../../infra/spec/units.ts";

describe("Units", () => {
  it("mean what they say", () => {
    assert.equal(milliseconds(Duration.parse("15m")), 900_000);
    assert.equal(milliseconds(Duration.parse("2d")), 172_800_000);
    assert.equal(bytes(Size.parse("8MiB")), 8_388_608);
    assert.equal(bytes(Size.parse("1.5GB")), 1_500_000_000);
    assert.equal(bytes(Size.parse("0B")), 0);
    assert.equal(bytesPerSecond(Rate.parse("50MB/s")), 50_000_000);
    assert.deepEqual(capOf(Cap.parse("12.5%")), { percent: 12.5 });
    assert.deepEqual(capOf(Cap.parse(100)), { count: 100 });
  });

  for (const text of ["", "15", "m", "0s", "-1m", "1.5h", "15 m", "15M", "1e3s", "١٥m"]) {
    it(`do not take ${JSON.stringify(text)} for a duration`, () =>
      assert.ok(!Duration.safeParse(text).success));
  }
  for (const text of ["8", "8mb", "8 MiB", "MiB", "-1B", "1.2345GB", "8MB/s", "9008TB"]) {
    it(`do not take ${JSON.stringify(text)} for a size`, () =>
      assert.ok(!Size.safeParse(text).success));
  }
  for (const cap of ["0%", "101%", "10", 0, -1, 1.5, "%", null]) {
    it(`do not take ${JSON.stringify(cap)} for a cap`, () =>
      assert.ok(!Cap.safeParse(cap).success));
  }

  it("give whole numbers that a double holds exactly, for every legal size", () => {
    const size = fc
      .tuple(
        fc.nat(999_999_999),
        fc.option(fc.nat(999), { nil: undefined }),
        fc.constantFrom("B", "KB", "MB", "GB", "KiB", "MiB"),
      )
      .map(([whole, part, unit]) => `${whole}${part === undefined ? "" : `.${part}`}${unit}`);
    fc.assert(
      fc.property(size, (text) => {
        const size = Size.safeParse(text);
        fc.pre(size.success);
        assert.ok(Number.isSafeInteger(bytes(size.data)));
      }),
    );
  });
});

describe("A schedule", () => {
  for (const text of [
    "rate(1 minute)",
    "rate(15 minutes)",
    "rate(2 days)",
    "cron(0 3 * * ? *)",
    "cron(0/15 8-17 ? * MON-FRI *)",
    "cron(30 6 L * ? 2026-2030)",
    "cron(0 0 ? JAN,jul 6#3 *)",
  ]) {
    it(`may be ${text}`, () => assert.ok(isSchedule(text)));
  }
  for (const text of [
    "rate(1 minutes)",
    "rate(5 minute)",
    "rate(0 hours)",
    "rate(5m)",
    "every hour",
    "cron(0 3 * * *)",
    "cron(0 3 * * * *)",
    "cron(0 3 ? * ? *)",
    "cron(60 3 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 3 32 * ? *)",
    "cron(0 17-8 * * ? *)",
    "cron(0 3 * * ? *) ",
  ]) {
    it(`may not be ${JSON.stringify(text)}`, () => assert.ok(!isSchedule(text)));
  }
});
