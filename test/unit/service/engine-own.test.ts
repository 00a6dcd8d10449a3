import assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { EngineOwn } from "../../../service/automation/engine-own.ts";

const step = (type: string, op: string, name = "one"): EngineEvent =>
  ({
    sequence: 1,
    timestamp: 1,
    resourcePreEvent: { metadata: { urn: `urn:pulumi:s::p::${type}::${name}`, type, op } },
  }) as unknown as EngineEvent;

describe("what the engine counts", () => {
  it("is told without the stack and its providers", () => {
    const own = new EngineOwn();
    for (const type of ["pulumi:pulumi:Stack", "pulumi:providers:aws", "aws:s3/bucket:Bucket"])
      own.hear(step(type, "create"));
    own.hear(step("pulumi:providers:azure-native", "create", "default_3_28_0"));
    assert.deepEqual(own.without({ create: 3 }), { create: 1 });
  });

  it("counts what was looked at and then left alone once, as it was left", () => {
    const own = new EngineOwn();
    own.hear(step("pulumi:pulumi:Stack", "refresh"));
    own.hear(step("pulumi:pulumi:Stack", "same"));
    own.hear(step("aws:s3/bucket:Bucket", "update"));
    assert.deepEqual(own.without({ same: 2, update: 1 }), { same: 1, update: 1 });
  });

  it("is nothing where there was only the engine's own, and no less than nothing", () => {
    const own = new EngineOwn();
    own.hear(step("pulumi:pulumi:Stack", "same"));
    assert.deepEqual(own.without({ same: 1 }), {});
    assert.deepEqual(own.without({ delete: 2 }), { delete: 2 });
  });
});
