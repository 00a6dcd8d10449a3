import assert from "node:assert/strict";
import fc from "fast-check";
import { sasExpiry } from "../../../infra/azure/sas-epoch.ts";

const DAY = 86_400_000;
const instant = fc.date({
  min: new Date("2020-01-01"),
  max: new Date("2040-01-01"),
  noInvalidDate: true,
});
const anchor = instant.map((date) => date.toISOString().slice(0, 10));

describe("A SAS's expiry", () => {
  it("is the same on the stack's first and second day, so that `up` has nothing to do", () => {
    const first = sasExpiry("2026-11-21", new Date("2026-11-21T07:00:00Z"));
    assert.equal(first, "2027-01-20T00:00:00Z");
    assert.equal(sasExpiry("2026-11-21", new Date("2026-11-22T23:59:59Z")), first);
    assert.equal(sasExpiry("2026-11-21", new Date("2026-12-20T23:59:59.999Z")), first);
  });

  it("moves by exactly one epoch when the epoch turns", () => {
    assert.equal(sasExpiry("2026-11-21", new Date("2026-12-21T00:00:00Z")), "2027-02-19T00:00:00Z");
  });

  it("is more than one epoch and at most two ahead, whatever the anchor: an `up` per epoch never lets it lapse", () => {
    fc.assert(
      fc.property(anchor, instant, (from, now) => {
        const ahead = (Date.parse(sasExpiry(from, now)) - now.getTime()) / DAY;
        assert.ok(ahead > 30 && ahead <= 60, String(ahead));
      }),
    );
  });

  it("never goes back as time goes on", () => {
    fc.assert(
      fc.property(anchor, instant, fc.nat(400 * DAY), (from, now, later) => {
        assert.ok(sasExpiry(from, now) <= sasExpiry(from, new Date(now.getTime() + later)));
      }),
    );
  });

  it("is written as Azure takes it: whole seconds, UTC", () => {
    fc.assert(
      fc.property(anchor, instant, (from, now) =>
        /^\d{4}-\d\d-\d\dT00:00:00Z$/.test(sasExpiry(from, now)),
      ),
    );
  });
});
