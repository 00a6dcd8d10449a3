import assert from "node:assert/strict";

import fc from "fast-check";

import type { PolicyDocument, PolicyStatement } from "../../../../../local/aws/contract.ts";
import { publicPolicy } from "../../../../../local/aws/s3/access/public.ts";
import { parsePolicy } from "../../../../../local/aws/s3/buckets/policy.ts";
import { matchingRules, readRules } from "../../../../../local/aws/s3/events/configuration.ts";
import { eventJson, sequencer } from "../../../../../local/aws/s3/events/record.ts";
import type { Happening } from "../../../../../local/aws/s3/events/record.ts";
import { NO_ATTRIBUTES } from "../../../../../local/aws/s3/index/version.ts";
import { parseXml } from "../../../../../local/aws/s3/xml/read.ts";
import { tag } from "../../../../../local/aws/s3/xml/write.ts";

describe("XML", () => {
  it("that is written is read back as it was", () => {
    const char = fc.oneof(
      fc.constantFrom("<", ">", "&", '"', "'", " ", "\n", "\r", "\t", "]]>", "ü", "😀"),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.string({ unit: char, maxLength: 20 }), (text) => {
        assert.equal(parseXml(tag("Key", text)).text, text);
      }),
    );
  });

  it("is read with namespaces, attributes, comments and CDATA", () => {
    const root = parseXml(
      `<?xml version="1.0"?><!-- c --><s3:A xmlns:s3="urn:x" b='1 &lt; 2'><B/><s3:C> x &#65;<![CDATA[<&>]]></s3:C></s3:A>`,
    );
    assert.equal(root.name, "A");
    assert.equal(root.attributes["b"], "1 < 2");
    assert.deepEqual(
      root.children.map(({ name, text }) => [name, text]),
      [
        ["B", ""],
        ["C", " x A<&>"],
      ],
    );
  });

  it("is refused when it is not well-formed, or declares a document type", () => {
    for (const bad of [
      "",
      "<a>",
      "<a></b>",
      "<a/><b/>",
      "x<a/>",
      "<a>&nbsp;</a>",
      "<a b=c/>",
      "<!DOCTYPE a><a/>",
      "<a",
      "<a>&</a>",
    ]) {
      assert.throws(() => parseXml(bad), { name: "XmlError" }, bad);
    }
  });
});

describe("A bucket policy", () => {
  const allow = (extra: Partial<PolicyStatement>): PolicyDocument => ({
    Statement: {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::b/*",
      ...extra,
    },
  });

  it("is public when it allows everybody, unless a condition names who", () => {
    assert.equal(publicPolicy(allow({})), true);
    assert.equal(publicPolicy(allow({ Principal: { AWS: ["*"] } })), true);
    assert.equal(publicPolicy(allow({ Effect: "Deny" })), false);
    assert.equal(publicPolicy(allow({ Principal: { AWS: "123456789012" } })), false);
    assert.equal(
      publicPolicy(allow({ Condition: { StringEquals: { "aws:SourceVpce": "vpce-1" } } })),
      false,
    );
    assert.equal(
      publicPolicy(allow({ Condition: { StringLike: { "aws:SourceVpce": "vpce-*" } } })),
      true,
    );
    assert.equal(
      publicPolicy(allow({ Condition: { Bool: { "aws:SecureTransport": "true" } } })),
      true,
    );
  });

  it("is refused with S3's reasons", () => {
    const statement = {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::b/*",
    };
    const text = (change: object) => JSON.stringify({ Statement: [{ ...statement, ...change }] });
    assert.doesNotThrow(() => parsePolicy(text({}), "b"));
    assert.throws(
      () => parsePolicy(text({ Resource: "arn:aws:s3:::other/*" }), "b"),
      /invalid resource/,
    );
    assert.throws(() => parsePolicy(text({ Action: "sqs:SendMessage" }), "b"), /invalid action/);
    assert.throws(() => parsePolicy(text({ Principal: undefined }), "b"), /Principal/);
    assert.throws(() => parsePolicy(text({ Effect: "Maybe" }), "b"), /effect/);
    assert.throws(() => parsePolicy(" {}", "b"), { code: "MalformedPolicy" });
    assert.throws(() => parsePolicy("{}", "b"), { code: "MalformedPolicy" });
    assert.throws(() => parsePolicy(text({ Sid: "x".repeat(21_000) }), "b"), {
      code: "MalformedPolicy",
    });
  });
});

describe("A notification configuration", () => {
  const queue = (events: string, prefix = "", suffix = "", arn = "arn:aws:sqs:eu-west-1:1:q") =>
    `<QueueConfiguration><Id>i</Id><Queue>${arn}</Queue>${events
      .split(" ")
      .map((event) => `<Event>${event}</Event>`)
      .join(
        "",
      )}<Filter><S3Key><FilterRule><Name>prefix</Name><Value>${prefix}</Value></FilterRule><FilterRule><Name>Suffix</Name><Value>${suffix}</Value></FilterRule></S3Key></Filter></QueueConfiguration>`;
  const read = (...rules: string[]) =>
    readRules(parseXml(`<NotificationConfiguration>${rules.join("")}</NotificationConfiguration>`));

  it("sends an event where type, prefix and suffix fit", () => {
    const rules = read(queue("s3:ObjectCreated:* s3:ObjectRemoved:Delete", "in/", ".csv"));
    const goes = (event: string, key: string) => matchingRules(rules, event, key).length === 1;
    assert.ok(goes("ObjectCreated:Put", "in/a.csv"));
    assert.ok(goes("ObjectCreated:CompleteMultipartUpload", "in/a.csv"));
    assert.ok(goes("ObjectRemoved:Delete", "in/a.csv"));
    assert.ok(!goes("ObjectRemoved:DeleteMarkerCreated", "in/a.csv"));
    assert.ok(!goes("ObjectCreated:Put", "out/a.csv"));
    assert.ok(!goes("ObjectCreated:Put", "in/a.json"));
  });

  it("is refused for unknown events, other services and overlapping rules", () => {
    const refused = (...rules: string[]) =>
      assert.throws(() => read(...rules), { code: "InvalidArgument" });
    refused(queue("s3:ObjectInvented:*"));
    refused(queue("s3:ObjectCreated:*", "", "", "arn:aws:sns:eu-west-1:1:t"));
    refused(queue("s3:ObjectCreated:*", "a"), queue("s3:ObjectCreated:Put", "ab"));
    refused(queue("s3:ObjectCreated:*", "a", ".csv"), queue("s3:ObjectCreated:Put", "ab", "v"));
    assert.equal(
      read(queue("s3:ObjectCreated:*", "a"), queue("s3:ObjectCreated:*", "b")).length,
      2,
    );
    assert.equal(
      read(queue("s3:ObjectCreated:*", "a"), queue("s3:ObjectRemoved:*", "a")).length,
      2,
    );
  });
});

describe("An event", () => {
  const happening: Happening = {
    event: "ObjectCreated:Put",
    version: {
      bucket: "b",
      key: "in/a b+ü.csv",
      seq: 1767322800000000,
      id: "v1",
      marker: false,
      size: 5,
      etag: "e",
      modified: 0,
      storageClass: "STANDARD",
      segments: [],
      multipart: false,
      attributes: NO_ATTRIBUTES,
    },
    versioned: true,
    at: new Date("2026-01-02T03:00:00.123Z"),
    region: "eu-west-1",
    accountId: "123456789012",
    principal: {
      kind: "assumed-role",
      arn: "arn:aws:sts::1:assumed-role/r/task",
      accountId: "1",
      roleArn: "arn:aws:iam::1:role/r",
    },
    sourceAddress: "203.0.113.7",
    requestId: "R",
    hostId: "H",
  };
  type Message = {
    Records: [
      {
        eventVersion: string;
        eventName: string;
        eventTime: string;
        userIdentity: { principalId: string };
        s3: { configurationId: string; object: Record<string, unknown> };
      },
    ];
  };
  const record = (change: Partial<Happening> = {}) =>
    (JSON.parse(eventJson({ ...happening, ...change }, "rule")) as Message).Records[0];

  it("has the form that S3 documents, with the key URL-encoded", () => {
    const { s3, ...rest } = record();
    assert.equal(rest.eventVersion, "2.1");
    assert.equal(rest.eventName, "ObjectCreated:Put");
    assert.equal(rest.eventTime, "2026-01-02T03:00:00.123Z");
    assert.match(rest.userIdentity.principalId, /^AWS:AROA[0-9A-F]{17}:task$/);
    assert.equal(s3.configurationId, "rule");
    assert.deepEqual(s3.object, {
      key: "in/a+b%2B%C3%BC.csv",
      size: 5,
      eTag: "e",
      versionId: "v1",
      sequencer: sequencer(1767322800000000),
    });
  });

  it("names no version where the bucket has none, and no size of what is gone", () => {
    assert.ok(!("versionId" in record({ versioned: false }).s3.object));
    assert.deepEqual(Object.keys(record({ event: "ObjectRemoved:Delete" }).s3.object), [
      "key",
      "versionId",
      "sequencer",
    ]);
    assert.equal(record({ event: "ObjectRemoved:DeleteMarkerCreated" }).s3.object["eTag"], "e");
  });

  it("has a sequencer whose text orders as the changes did", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        assert.equal(sequencer(a) < sequencer(b), a < b);
      }),
    );
  });
});
