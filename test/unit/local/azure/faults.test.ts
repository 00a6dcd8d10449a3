import assert from "node:assert/strict";
import { Faults } from "../../../../local/azure/front/faults.ts";

const request = { operation: "Put Block", account: "landing", container: "data", blob: "a/b" };
const busy = { kind: "busy" } as const;

describe("Faults", () => {
  it("strike as often as they are told, then never again", () => {
    const faults = new Faults();
    faults.inject({ trouble: busy, times: 2 });
    assert.deepEqual([faults.take(request), faults.take(request)], [busy, busy]);
    assert.equal(faults.take(request), undefined);
  });

  it("let as many requests pass before as they are told", () => {
    const faults = new Faults();
    faults.inject({ trouble: busy, after: 1 });
    assert.equal(faults.take(request), undefined);
    assert.equal(faults.take(request), busy);
  });

  it("strike only what they name", () => {
    const faults = new Faults();
    faults.inject({ trouble: busy, operation: "Put Block List" });
    faults.inject({ trouble: busy, blob: "a" });
    faults.inject({ trouble: busy, container: "other" });
    assert.equal(faults.take(request), undefined);
    faults.inject({ trouble: busy, blob: /^a\//, operation: "Put Block" });
    assert.equal(faults.take(request), busy);
  });
});
