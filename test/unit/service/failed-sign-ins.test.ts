import assert from "node:assert/strict";
import { FailedSignIns } from "../../../service/http/failed-sign-ins.ts";

const minute = 60_000;

describe("failed sign-ins", () => {
  it("are counted per address and minute", () => {
    const failures = new FailedSignIns(2);
    assert.equal(failures.note("192.0.2.1", 0), undefined);
    assert.equal(failures.note("192.0.2.1", 1), undefined);
    assert.equal(failures.note("192.0.2.1", 10_000), 50);
    assert.equal(failures.note("::ffff:192.0.2.1", 10_000), 50, "the same address, mapped");
    assert.equal(failures.note("192.0.2.2", 10_000), undefined);
    assert.equal(failures.note("192.0.2.1", minute), undefined, "the next minute");
  });

  it("are counted for a /64 of IPv6 as one: whoever has one address has them all", () => {
    const failures = new FailedSignIns(1);
    assert.equal(failures.note("2001:db8:1:2::1", 0), undefined);
    assert.equal(failures.note("2001:db8:1:2:ffff::9", 0), 60);
    assert.equal(failures.note("2001:db8:1:3::1", 0), undefined);
    assert.equal(failures.note("2001:db8::1", 0), undefined);
    assert.equal(failures.note("2001:DB8:0:0:7::", 0), 60);
  });

  it("are forgotten, the oldest first, before they take more room than they may", () => {
    const failures = new FailedSignIns(1, 100);
    for (let i = 0; i < 1_000; i += 1) {
      failures.note(`10.0.${i >> 8}.${i & 255}`, i);
      assert.ok(failures.size <= 100);
    }
    assert.equal(failures.note("10.0.3.231", 1_000), 60, "the last is remembered");
    assert.equal(failures.note("10.0.0.0", 1_000), undefined, "the first is not");
    failures.note("10.9.9.9", 1_000 + 2 * minute);
    assert.equal(failures.size, 1, "nor is what is over");
  });
});
