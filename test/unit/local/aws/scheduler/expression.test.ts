import assert from "node:assert/strict";
import fc from "fast-check";
import { nextTime, ScheduleError } from "../../../../../local/aws/scheduler/expression.ts";

const epoch = new Date("2026-01-01T00:00:00Z");
const next = (expression: string, after: string, since = epoch) =>
  nextTime(expression, new Date(after), since)?.toISOString();

describe("A schedule's next time", () => {
  for (const [expression, after, expected] of [
    ["cron(0 3 * * ? *)", "2026-03-01T02:59:59Z", "2026-03-01T03:00:00.000Z"],
    ["cron(0 3 * * ? *)", "2026-03-01T03:00:00Z", "2026-03-02T03:00:00.000Z"],
    ["cron(*/15 * * * ? *)", "2026-03-01T03:01:00Z", "2026-03-01T03:15:00.000Z"],
    ["cron(0 18 ? * MON-FRI *)", "2026-11-20T18:00:00Z", "2026-11-23T18:00:00.000Z"],
    ["cron(0 8 1 * ? *)", "2026-12-02T00:00:00Z", "2027-01-01T08:00:00.000Z"],
    ["cron(0 0 L 2 ? *)", "2026-03-01T00:00:00Z", "2027-02-28T00:00:00.000Z"],
    ["cron(0 0 L 2 ? 2028)", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["cron(0 0 ? * 6L *)", "2026-11-01T00:00:00Z", "2026-11-27T00:00:00.000Z"],
    ["cron(0 0 ? * 2#1 *)", "2026-11-03T00:00:00Z", "2026-12-07T00:00:00.000Z"],
    ["cron(0 0 1W * ? *)", "2026-08-01T00:00:00Z", "2026-08-03T00:00:00.000Z"],
    ["cron(0 0 LW 5 ? *)", "2026-01-01T00:00:00Z", "2026-05-29T00:00:00.000Z"],
    ["at(2026-06-01T10:00:00)", "2026-01-01T00:00:00Z", "2026-06-01T10:00:00.000Z"],
  ] as const) {
    it(`${expression} after ${after} is ${expected}`, () => {
      assert.equal(next(expression, after), expected);
    });
  }

  it("is never again once its year or its time is past", () => {
    assert.equal(next("cron(0 0 1 1 ? 2026)", "2026-01-01T00:00:00Z"), undefined);
    assert.equal(next("at(2026-01-01T00:00:00)", "2026-01-01T00:00:00Z"), undefined);
  });

  it("of a rate counts from when the schedule was made", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.nat({ max: 10_000_000 }), (count, ms) => {
        const after = new Date(epoch.getTime() + ms);
        const at = nextTime(`rate(${count} minutes)`, after, epoch) ?? epoch;
        const since = at.getTime() - epoch.getTime();
        assert.equal(since % (count * 60_000), 0);
        assert.ok(at > after && at.getTime() - after.getTime() <= count * 60_000);
      }),
    );
  });

  for (const wrong of ["daily", "rate(0 minutes)", "cron(* * * * * *)", "cron(99 * * * ? *)"]) {
    it(`refuses ${wrong}`, () => {
      assert.throws(() => next(wrong, "2026-01-01T00:00:00Z"), ScheduleError);
    });
  }
});
