import assert from "node:assert/strict";
import { Reach } from "../../../../runtime/copy/reach.ts";

describe("what is reachable by URL", () => {
  it("is given up after three failures in a row, between these two places only, and tried again later", () => {
    let now = 0;
    const reach = new Reach(() => now);
    for (let at = 0; at < 2; at += 1) reach.failed("a", "b", "403");
    assert.equal(reach.hopeless("a", "b"), undefined);
    reach.failed("a", "b", "403");
    assert.equal(reach.hopeless("a", "b"), "403");
    assert.equal(reach.hopeless("a", "c"), undefined);
    now = 10 * 60_000;
    assert.equal(reach.hopeless("a", "b"), undefined);
    reach.failed("a", "b", "still 403");
    assert.equal(reach.hopeless("a", "b"), "still 403");
  });

  it("is not given up for single objects that fail among others that arrive", () => {
    const reach = new Reach();
    for (let at = 0; at < 10; at += 1) {
      reach.failed("a", "b", "404");
      reach.failed("a", "b", "404");
      reach.worked("a", "b");
    }
    reach.failed("a", "b", "404");
    assert.equal(reach.hopeless("a", "b"), undefined);
  });

  it("remembers for a while that a source's ETags are no MD5s", () => {
    let now = 0;
    const reach = new Reach(() => now);
    assert.equal(reach.trustsMd5("s"), true);
    reach.etagIsNoMd5("s");
    assert.deepEqual([reach.trustsMd5("s"), reach.trustsMd5("t")], [false, true]);
    now = 10 * 60_000;
    assert.equal(reach.trustsMd5("s"), true);
  });
});
