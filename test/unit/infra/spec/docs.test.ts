import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { availability, parseSpec } from "../../../../infra/spec/index.ts";

describe("docs/limits.md", () => {
  it("shows a spec that is legal and can be had", () => {
    const text = readFileSync(new URL("../../../../docs/limits.md", import.meta.url), "utf8");
    const [, json = ""] = /```json\n([^]*?)```/.exec(text) ?? [];
    const parsed = parseSpec(JSON.parse(json));
    assert.ok(parsed.ok, JSON.stringify(parsed));
    assert.deepEqual(availability(parsed.spec), []);
  });
});
