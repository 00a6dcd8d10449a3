import assert from "node:assert/strict";
import { sasExpiry } from "../../../infra/azure/sas-epoch.ts";
import { isDue } from "../../../service/pipelines/renewal.ts";

describe("a pipeline's SAS", () => {
  const created_at = new Date("2026-01-01T15:00:00Z");
  const at = (day: string) => new Date(`${day}T12:00:00Z`);
  const pipeline = (builtOn: string) => ({
    created_at,
    outputs: {
      values: { targets: [{ sasExpiresAt: sasExpiry("2026-01-01", at(builtOn)) }] },
      secretNames: [],
    },
  });

  it("is not due on the day after, nor on the last day of its epoch", () => {
    assert.equal(isDue(pipeline("2026-01-01"), at("2026-01-02")), false);
    assert.equal(isDue(pipeline("2026-01-01"), at("2026-01-30")), false);
  });

  it("is due from the day the next epoch begins, a month before it ends, and not again once it is renewed", () => {
    assert.equal(isDue(pipeline("2026-01-01"), at("2026-01-31")), true);
    assert.equal(isDue(pipeline("2026-01-31"), at("2026-01-31")), false);
  });

  it("is not looked for where there is none", () => {
    assert.equal(isDue({ created_at, outputs: null }, at("2026-05-01")), false);
    const outputs = { values: { sourceBucket: "b" }, secretNames: [] };
    assert.equal(isDue({ created_at, outputs }, at("2026-05-01")), false);
  });
});
