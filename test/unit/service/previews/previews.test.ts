import assert from "node:assert/strict";
import type { StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import type { PlannedResource } from "../../../../infra/planned.ts";
import { fingerprints } from "../../../../service/automation/fingerprint.ts";
import { withoutPlanValues } from "../../../../service/automation/events.ts";
import { documentDiff } from "../../../../service/previews/documents.ts";
import { costOf, policyOf } from "../../../../service/previews/judge.ts";
import { whatMoved, type World } from "../../../../service/previews/moved.ts";
import { digestOf, packed } from "../../../../service/previews/plan.ts";
import { sidesOf, stepOf } from "../../../../service/previews/steps.ts";
import { stateOf } from "../../../../service/previews/present.ts";

const fingerprint = fingerprints("a key");
const tools = { fingerprint, redact: (text: string) => text };
const secret = (plaintext: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(plaintext),
});

function stepFor(more: object, before: object, after: object) {
  const metadata = {
    op: "update",
    urn: "urn:pulumi:a.b::causeway::aws:sqs/queue:Queue::q",
    type: "aws:sqs/queue:Queue",
    old: { inputs: before },
    new: { inputs: after },
    ...more,
  } as unknown as StepEventMetadata;
  return stepOf(metadata, sidesOf(metadata, {}, fingerprint), tools);
}

describe("a step of a preview", () => {
  it("names the properties that force a replacement", () => {
    const detailedDiff = {
      name: { diffKind: "update-replace", inputDiff: true },
      wait: { diffKind: "update", inputDiff: true },
    };
    const step = stepFor(
      { op: "replace", keys: ["name"], detailedDiff },
      { name: "a", wait: 1 },
      { name: "b", wait: 2 },
    );
    assert.deepEqual(step.why, ["name"]);
    assert.deepEqual(
      step.changes.map(({ path, before, after }) => [path, before, after]),
      [
        ["name", '"a"', '"b"'],
        ["wait", "1", "2"],
      ],
    );
  });

  it("shows that a secret changes, and hides what it was before it was one", () => {
    const detailedDiff = { value: { diffKind: "update", inputDiff: true } };
    const step = stepFor({ detailedDiff }, { value: "plain-before" }, { value: secret("next") });
    const [change] = step.changes;
    assert.equal(change?.secret, true);
    assert.match(change.before ?? "", /^secret:[0-9a-f]{8}$/);
    assert.match(change.after ?? "", /^secret:[0-9a-f]{8}$/);
    assert.notEqual(change.before, change.after);
    const same = stepFor({ detailedDiff }, { value: secret("x") }, { value: secret("x") });
    assert.equal(same.changes[0]?.before, same.changes[0]?.after);
  });

  it("says output for what is not known before it is built", () => {
    const detailedDiff = { arn: { diffKind: "update", inputDiff: true } };
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    assert.equal(
      stepFor({ detailedDiff }, { arn: "a" }, { arn: unknown }).changes[0]?.after,
      "output",
    );
  });
});

describe("documents that are kept as texts", () => {
  it("are compared leaf by leaf, also within one another", () => {
    const document = (prefix: string) =>
      JSON.stringify([
        { environment: [{ name: "JOB", value: JSON.stringify({ source: { prefix } }) }] },
      ]);
    assert.deepEqual(documentDiff(document("a/"), document("b/")), [
      { path: "[0].environment[0].value.source.prefix", before: "a/", after: "b/" },
    ]);
  });
  it("are left whole where a side is none", () => {
    assert.equal(documentDiff("{}", "no document"), undefined);
  });
});

describe("the cost in a preview", () => {
  const service = (count: number): PlannedResource[] => [
    { urn: "s", type: "aws:ecs/service:Service", name: "w", inputs: { desiredCount: 1 } },
    {
      urn: "t",
      type: "aws:appautoscaling/target:Target",
      name: "w",
      inputs: { minCapacity: count },
    },
  ];
  it("is that of the fewest workers, before and after", () => {
    const cost = costOf(service(1), service(3), "eu-west-1");
    assert.ok(cost.before !== null && cost.after > 2.9 * cost.before);
    assert.equal(cost.delta, Math.round((cost.after - cost.before) * 100) / 100);
    assert.equal(cost.items[0]?.after, cost.after);
  });
  it("is not known before where nobody knows what was there", () => {
    const { before, delta } = costOf(undefined, service(1), "eu-west-1");
    assert.deepEqual([before, delta], [null, null]);
  });
});

describe("the rules in a preview", () => {
  it("forbid, but for those that only advise", () => {
    const over = { monthlyUsd: 1 };
    assert.equal(policyOf([], "eu-west-1", 2, over).passed, false);
    const advised = policyOf([], "eu-west-1", 2, { ...over, advisory: ["budget"] });
    assert.deepEqual([advised.passed, advised.violations[0]?.level], [true, "advisory"]);
  });
});

describe("the digest of a preview", () => {
  const plan = (time: string, wait: number, ciphertext = "v1:a") =>
    packed(
      JSON.stringify({
        manifest: { time },
        resourcePlans: {
          urn: { seed: time, goal: { inputDiff: { updates: { wait, value: { ciphertext } } } } },
        },
      }),
    );
  const config = { "causeway:pipeline": { value: "{}" } };
  const rest = { program: "sha256:1", fingerprints: ["urn value secret:1"] };
  const first = digestOf({ plan: plan("now", 1), ...rest }, config);

  it("is the same for the same plan made at another time", () => {
    assert.equal(digestOf({ plan: plan("later", 1, "v1:b"), ...rest }, config), first);
  });
  it("does not depend on which dependency a program happened to tell first, only on which there are", () => {
    const of = (dependencies: string[], steps: string[]) => {
      const goal = { dependencies, propertyDependencies: { policy: dependencies } };
      return digestOf(
        { plan: packed(JSON.stringify({ resourcePlans: { urn: { goal, steps } } })), ...rest },
        config,
      );
    };
    assert.equal(of(["a", "b"], ["x", "y"]), of(["b", "a"], ["x", "y"]));
    assert.notEqual(of(["a", "b"], ["x", "y"]), of(["a"], ["x", "y"]));
    assert.notEqual(of(["a", "b"], ["x", "y"]), of(["a", "b"], ["y", "x"]));
  });
  it("is another for another step, secret, config or program", () => {
    const others = [
      digestOf({ plan: plan("now", 2), ...rest }, config),
      digestOf({ plan: plan("now", 1), ...rest, fingerprints: ["urn value secret:2"] }, config),
      digestOf({ plan: plan("now", 1), ...rest }, { "causeway:pipeline": { value: "[]" } }),
      digestOf({ plan: plan("now", 1), ...rest, program: "sha256:2" }, config),
    ];
    assert.equal(new Set([first, ...others]).size, 5);
  });
});

describe("a world that has moved since a preview", () => {
  const preview = { generation_from: 3, approval: { program: "p" } } as Parameters<
    typeof whatMoved
  >[0];
  const world: World = {
    pipeline: { state: "active", generation: 3 },
    taken: undefined,
    operations: [],
    program: "p",
  };
  it("is told by what moved", () => {
    assert.deepEqual(whatMoved(preview, world), []);
    const [generation] = whatMoved(preview, {
      ...world,
      pipeline: { state: "active", generation: 4 },
    });
    assert.equal(
      generation,
      "The pipeline is at generation 4; the preview was made at generation 3.",
    );
    const operation = {
      id: "op_1",
      action: "update" as const,
      state: "succeeded" as const,
      resources: ["hints"],
    };
    assert.deepEqual(whatMoved(preview, { ...world, operations: [operation] }), [
      "Operation op_1 (update) succeeded, which changed hints.",
    ]);
    assert.match(whatMoved(preview, { ...world, program: "q" })[0] ?? "", /program .* has changed/);
    const taken = { generation: 1, by: "op_2" };
    assert.match(
      whatMoved(preview, { ...world, taken })[0] ?? "",
      /was made meanwhile by operation op_2/,
    );
  });
  it("makes a preview outdated, the clock makes it expired", () => {
    const operation = { id: "op", action: "preview", state: "succeeded", failure: null } as const;
    const row = { state: "ready", expires_at: new Date(1000) } as const;
    assert.equal(stateOf(row, { operation, moved: [] }, new Date(999)), "ready");
    assert.equal(stateOf(row, { operation, moved: ["x"] }, new Date(999)), "outdated");
    assert.equal(stateOf(row, { operation, moved: ["x"] }, new Date(1000)), "expired");
    const failed = { ...operation, state: "failed" } as const;
    assert.equal(
      stateOf({ ...row, state: "running" }, { operation: failed, moved: [] }, new Date(0)),
      "failed",
    );
  });
});

describe("what the engine says of a plan that was left", () => {
  it("quotes no value", () => {
    const said =
      "error: resource urn:pulumi:a.b::c::t::sas violates plan: properties changed: ~~value[{&{{old\nsecret}}}!={&{{new\n\nsecret}}}], ~~other[{1}!={2}]\n\nOutputs:\n";
    const shown = withoutPlanValues(said);
    assert.doesNotMatch(shown, /secret|old|new/);
    assert.match(shown, /sas violates plan: properties changed: ~~value \(values are not shown\)$/);
  });
});
