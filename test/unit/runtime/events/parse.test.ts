import assert from "node:assert/strict";
import fc from "fast-check";
import { formDecode, parseMessage } from "../../../../runtime/events/parse.ts";

function s3Event(key: string, bucket = "source"): object {
  return {
    Records: [
      {
        eventSource: "aws:s3",
        eventName: "ObjectCreated:Put",
        eventTime: "2026-01-31T12:00:00.000Z",
        s3: { bucket: { name: bucket }, object: { key, size: 3, sequencer: "0055AED6DCD90281E5" } },
      },
    ],
  };
}

const hinted = {
  kind: "hints",
  hints: [
    {
      key: "a b+ü.csv",
      bucket: "source",
      eventName: "ObjectCreated:Put",
      eventTime: "2026-01-31T12:00:00.000Z",
      sequencer: "0055AED6DCD90281E5",
      size: 3,
    },
  ],
};

describe("a message", () => {
  it("of S3 is a hint for each record, its key form-decoded", () => {
    assert.deepEqual(parseMessage(JSON.stringify(s3Event("a+b%2B%C3%BC.csv"))), hinted);
  });

  it("wrapped by SNS is the same", () => {
    const Message = JSON.stringify(s3Event("a+b%2B%C3%BC.csv"));
    assert.deepEqual(parseMessage(JSON.stringify({ Type: "Notification", Message })), hinted);
  });

  it("of EventBridge names its key unencoded", () => {
    const event = {
      source: "aws.s3",
      "detail-type": "Object Created",
      time: "2026-01-31T12:00:00Z",
      detail: { bucket: { name: "source" }, object: { key: "a+b%20.csv", sequencer: "1" } },
    };
    const parsed = parseMessage(JSON.stringify(event));
    assert.ok(parsed.kind === "hints");
    const [hint] = parsed.hints;
    assert.deepEqual([hint?.key, hint?.eventName], ["a+b%20.csv", "Object Created"]);
  });

  it("of Data Transfer Hub is a hint that says only key and size", () => {
    const parsed = parseMessage(JSON.stringify({ key: "a+b", size: 10 }));
    assert.ok(parsed.kind === "hints");
    assert.deepEqual(parsed.hints[0], {
      key: "a+b",
      bucket: undefined,
      eventName: null,
      eventTime: null,
      sequencer: null,
      size: 10,
    });
  });

  it("claims no size that could not be one", () => {
    for (const [size, claimed] of [
      ["10", 10],
      [-1, undefined],
      ["1e3", undefined],
      [1.5, undefined],
      [null, undefined],
    ] as const) {
      const parsed = parseMessage(JSON.stringify({ key: "a", size }));
      assert.ok(parsed.kind === "hints");
      assert.equal(parsed.hints[0]?.size, claimed);
    }
  });

  it("about a scan is handed on, and one that cannot be understood is no event", () => {
    const slice = { causeway: "slice", scan: "s-1", slice: "0-1-2" } as const;
    assert.deepEqual(parseMessage(JSON.stringify(slice)), { kind: "scan", message: slice });
    const wrong = parseMessage(JSON.stringify({ causeway: "slice", scan: "../x", slice: "1" }));
    assert.ok(wrong.kind === "not-an-event");
    assert.match(wrong.reason, /its scan is "..\/x"/);
    assert.equal(parseMessage('{"causeway":"dance"}').kind, "not-an-event");
  });

  it("that tests the notification is ignored", () => {
    const body = JSON.stringify({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "source" });
    assert.equal(parseMessage(body).kind, "ignore");
  });

  for (const [body, reason] of [
    ["rubbish", "it is not a JSON object"],
    ["[]", "it is not a JSON object"],
    ["{}", "it is neither an S3 event nor a key and size"],
    ['{"Records":[{}]}', "one of its records names no object"],
    [JSON.stringify(s3Event("%ZZ")), "the key %ZZ is not form-encoded"],
    [JSON.stringify(s3Event("")), "one of its keys is empty"],
    ['{"Type":"Notification","Message":"x"}', "its SNS envelope does not hold a JSON object"],
  ] as const) {
    it(`like ${body.slice(0, 40)} is no event: ${reason}`, () => {
      assert.deepEqual(parseMessage(body), { kind: "not-an-event", reason });
    });
  }

  it("never makes the parser throw", () => {
    fc.assert(fc.property(fc.json(), (body) => void parseMessage(body)));
    fc.assert(
      fc.property(fc.anything(), (records) => {
        parseMessage(
          JSON.stringify({ Records: [records] }, (_, v: unknown) =>
            typeof v === "bigint" ? "n" : v,
          ),
        );
      }),
    );
  });
});

describe("a form-encoded key", () => {
  it("decodes to what S3 encoded", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (key) => {
        fc.pre(key.isWellFormed());
        assert.equal(formDecode(new URLSearchParams({ key }).toString().slice(4)), key);
      }),
    );
  });
});
