import assert from "node:assert/strict";
import { DiffKind, type StepEventMetadata } from "@pulumi/pulumi/automation/events.js";
import {
  changesOf,
  fromEngine,
  plain,
  showPair,
  type OperationEvent,
} from "../../../service/automation/events.ts";
import { atPath } from "../../../service/automation/property-path.ts";
import { causeOf } from "../../../service/automation/failure.ts";
import { redactor } from "../../../service/automation/redact.ts";
import { summaryOf } from "../../../service/operations/present.ts";

const asIs = Object.assign((text: string) => text, {
  learn: () => undefined,
  reach: () => 0,
});
const urn = "urn:pulumi:acme.exports::causeway::aws:s3/bucket:Bucket::source";

function state(inputs: Record<string, unknown>) {
  return {
    type: "aws:s3/bucket:Bucket",
    urn,
    id: "b",
    parent: "",
    provider: "",
    inputs,
    outputs: {},
  };
}

function failed(): OperationEvent {
  const [op, status] = ["create", "failed"] as const;
  return { kind: "resource", at: "", urn, type: "", name: "source", op, status, changes: [] };
}

function said(message: string, about: string | null = null): OperationEvent {
  return { kind: "diagnostic", at: "", urn: about, severity: "error", message };
}

describe("engine events", () => {
  it("are not kept for resources that stay as they are", () => {
    const metadata = { op: "same", urn, type: "t", provider: "" } as const;
    const event = { sequence: 1, timestamp: 1, resourcePreEvent: { metadata } };
    assert.equal(fromEngine(event, asIs), undefined);
  });

  it("lose the engine's colours and keep its words", () => {
    assert.equal(plain("<{%fg 1%}>error:<{%reset%}> \u001B[31mno\u001B[0m"), "error: no");
  });

  it("never pass on the stack's config", () => {
    const event = { sequence: 1, timestamp: 1, preludeEvent: { config: { "a:b": "c" } } };
    assert.equal(fromEngine(event, asIs), undefined);
  });

  it("tell old from new for every property that differs, through lists and quoted names", () => {
    const changes = changesOf(
      {
        op: "update",
        urn,
        type: "t",
        provider: "",
        old: state({ rules: [{ "a.b": "203.0.113.1" }] }),
        new: state({ rules: [{ "a.b": "203.0.113.2" }], tags: { x: "sig=abcdef" } }),
        detailedDiff: {
          'rules[0]["a.b"]': { diffKind: DiffKind.update, inputDiff: true },
          tags: { diffKind: DiffKind.add, inputDiff: true },
        },
      },
      redactor([]),
    );
    assert.deepEqual(changes, [
      { path: 'rules[0]["a.b"]', kind: "update", before: '"203.0.113.1"', after: '"203.0.113.2"' },
      { path: "tags", kind: "add", before: null, after: '{"x":"sig=[secret]"}' },
    ]);
  });

  it("hide both sides of a property that is secret on one, and know the value from then on", () => {
    const redact = redactor([]);
    const change = (old: unknown, now: unknown, path = "auth.key") =>
      changesOf(
        {
          ...{ op: "update", urn, type: "t", provider: "", diffs: [path] },
          old: { inputs: old, outputs: {} },
          new: { inputs: now, outputs: {} },
        } as unknown as StepEventMetadata,
        redact,
      ).map(({ before, after }) => [before, after]);
    const secret = '"[secret]"';
    assert.deepEqual(change({ auth: { key: "was-in-clear" } }, { auth: "[secret]" }), [
      [secret, null],
    ]);
    assert.deepEqual(change({ auth: { key: "other-value" } }, { auth: { key: "[secret]" } }), [
      [secret, secret],
    ]);
    assert.deepEqual(change({ auth: { key: "[secret]" } }, { auth: { key: "new-value" } }), [
      [secret, secret],
    ]);
    assert.equal(redact("was-in-clear other-value new-value"), "[secret] [secret] [secret]");
    // As the engine writes a secret into its events.
    const marked = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "[secret]",
    };
    assert.deepEqual(change({ auth: { key: "said-before" } }, { auth: { key: marked } }), [
      [secret, secret],
    ]);
    assert.deepEqual(
      change({ auth: { key: "deeply-said", id: 1 } }, { auth: { key: marked, id: 2 } }, "auth"),
      [['{"key":"[secret]","id":1}', '{"key":"[secret]","id":2}']],
    );
    assert.equal(redact("said-before deeply-said"), "[secret] [secret]");
    assert.deepEqual(change({ auth: { key: "shown" } }, { auth: { key: "shown, too" } }), [
      ['"shown"', '"shown, too"'],
    ]);
  });

  it("show long values from where they part, not from where they are the same", () => {
    const common = "x".repeat(1000);
    const { before, after } = showPair(`${common} min 1 ${common}`, `${common} min 2 ${common}`);
    assert.match(before ?? "", /^…x+ min 1 x+…$/);
    assert.match(after ?? "", /^…x+ min 2 x+…$/);
    assert.deepEqual(showPair("short", null), { before: "short", after: null });
  });

  it("find nothing where a path leads nowhere", () => {
    assert.equal(atPath({ a: 1 }, "a.b.c"), undefined);
    assert.equal(atPath({}, "constructor"), undefined);
  });

  it("are summed up with what is dangerous first", () => {
    assert.equal(summaryOf({ same: 3, create: 2, delete: 1 }), "delete 1, create 2");
    assert.equal(summaryOf({ same: 12, read: 1, discard: 1 }), "no changes");
    assert.equal(summaryOf({}), "no changes");
  });
});

describe("the cause of a failed run", () => {
  it("is what the failed resource says, not the engine's closing line", () => {
    const cause = causeOf(
      [
        said("update failed"),
        failed(),
        said("creating bucket: AccessDenied: s3:CreateBucket", urn),
      ],
      "exit 255",
    );
    assert.equal(cause.code, "resource-failed");
    assert.equal(cause.message, "creating bucket: AccessDenied: s3:CreateBucket");
    assert.equal(cause.resource, urn);
  });

  it("names a bucket that is not empty and what to do about it", () => {
    const cause = causeOf([failed(), said("deleting S3 Bucket: BucketNotEmpty: no", urn)], "");
    assert.equal(cause.code, "bucket-not-empty");
    assert.match(cause.remedy, /Empty it/);
  });

  it("is the command's own words when the engine said nothing", () => {
    const cause = causeOf([], "error: the stack is currently locked by 1 lock(s)");
    assert.equal(cause.code, "stack-locked");
  });

  it("is never empty", () => {
    assert.notEqual(causeOf([], "").message, "");
  });
});
