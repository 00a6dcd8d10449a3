import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { z } from "zod";
import {
  availability,
  parseSpec,
  PipelineSpec,
  type SpecResult,
} from "../../../../infra/spec/index.ts";

import { COMPATIBLE, MINIMAL, REFUSED, SCAN } from "./refused.ts";

function accepted(input: unknown): PipelineSpec {
  const result = parseSpec(input);
  assert.ok(result.ok, JSON.stringify(result));
  return result.spec;
}

function refusals(result: SpecResult): string[] {
  return result.ok ? [] : result.problems.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

describe("A pipeline's spec", () => {
  it("may be tiny, and every default shows in what is parsed", () => {
    assert.deepEqual(accepted(MINIMAL), {
      kind: "copy",
      source: { type: "s3", prefix: "" },
      targets: [{ type: "azure-blob", name: "azure", prefix: "", access: "sas" }],
      discover: { events: true },
      deletes: { mode: "ignore" },
      archived: { mode: "hold" },
      tags: "ignore",
      mover: "native",
      compute: "fargate",
      network: "nat",
      limits: { workers: { min: 1, max: 4 } },
    });
  });

  it("parses to itself when it was parsed before, so that it may be stored and shown", () => {
    const rich = {
      ...MINIMAL,
      filter: { minSize: "1KiB", maxSize: "2GB", minAge: "15m", include: ["**/*.csv"] },
      deletes: { mode: "mirror", cap: "12.5%" },
      archived: { mode: "restore", tier: "bulk" },
      tags: "copy",
      limits: {
        bytesPerSecond: "50MB/s",
        window: { from: "22:00", to: "06:00", zone: "Europe/Berlin", outside: "1MB/s" },
      },
      notify: { emails: ["ops@example.com"] },
    };
    const once = accepted(rich);
    assert.deepEqual(accepted(JSON.parse(JSON.stringify(once))), once);
  });

  it("can say all that the design's section 4 says, for both kinds", () => {
    accepted({
      ...MINIMAL,
      source: COMPATIBLE,
      targets: [
        {
          type: "s3",
          bucket: "mirror",
          role: "arn:aws-cn:iam::123456789012:role/writer",
          partition: "aws-cn",
        },
        {
          type: "azure-blob",
          name: "second",
          account: "other",
          access: "key",
          credentials: { parameter: "/k" },
        },
      ],
      discover: { events: false, scan: SCAN },
      transform: { from: "parquet", to: "csv" },
    });
    accepted({
      kind: "load",
      source: {
        type: "mysql",
        host: "db.internal",
        database: "shop",
        credentials: { parameter: "/db" },
      },
      warehouse: { type: "redshift-serverless" },
      tables: [{ name: "sales.orders", mode: "upsert", key: ["id"] }],
      procedure: "sales.close_day",
      unload: { query: "select 1", bucket: "exports" },
      schedule: "cron(0 3 ? * MON-FRI *)",
    });
  });

  for (const [what, input, problems] of REFUSED) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(refusals(parseSpec(input)), problems);
    });
  }

  const secrets: [string, unknown][] = [
    [
      "a SAS token in a field of its own",
      { ...MINIMAL, targets: [{ type: "azure-blob", sasToken: "hunter2hunter2" }] },
    ],
    [
      "a value where a parameter's name belongs",
      { ...MINIMAL, source: { ...COMPATIBLE, credentials: { parameter: "hunter2hunter2" } } },
    ],
    [
      "a value where a reference belongs",
      { ...MINIMAL, source: { ...COMPATIBLE, credentials: "hunter2hunter2" } },
    ],
    [
      "a key in an address",
      { ...MINIMAL, source: { ...COMPATIBLE, endpoint: "https://x.example?sig=hunter2hunter2" } },
    ],
    [
      "an access key as a prefix",
      { ...MINIMAL, source: { type: "s3", prefix: "AKIAHUNTER2HUNTER2AA" } },
    ],
  ];
  for (const [what, input] of secrets) {
    it(`refuses ${what} and does not repeat it`, () => {
      const problems = refusals(parseSpec(input));
      assert.notEqual(problems.length, 0);
      assert.doesNotMatch(problems.join("\n"), /hunter2/i);
    });
  }

  it("says everything that is wrong at once", () => {
    const result = parseSpec({ ...MINIMAL, mover: "x", compute: "y", extra: 1 });
    assert.deepEqual(result.ok ? [] : result.problems.map(({ pointer }) => pointer).sort(), [
      "/compute",
      "/extra",
      "/mover",
    ]);
  });

  it("escapes field names in pointers", () => {
    const result = parseSpec({ ...MINIMAL, "a/b~c": 1 });
    assert.equal(result.ok ? "" : result.problems[0]?.pointer, "/a~1b~0c");
  });

  it("becomes a JSON schema in which every field that a person writes is described or named", () => {
    const schema = z.toJSONSchema(PipelineSpec, { io: "input" });
    const text = JSON.stringify(schema);
    for (const name of ["CopySpec", "LoadSpec", "Duration", "KeyPrefix"])
      assert.match(text, new RegExp(`"${name}"`));
    assert.match(text, /"additionalProperties":false/);
  });

  it("is parsed in well under a millisecond, since every request passes through it", () => {
    for (let warm = 0; warm < 200; warm++) parseSpec(MINIMAL);
    const start = performance.now();
    for (let turn = 0; turn < 200; turn++) parseSpec(MINIMAL);
    assert.ok((performance.now() - start) / 200 < 1);
  });
});

describe("What is available", () => {
  const pointers = (input: unknown) => availability(accepted(input)).map(({ pointer }) => pointer);

  it("is everything that the minimal pipeline and its plain options need", () => {
    assert.deepEqual(
      pointers({
        ...MINIMAL,
        source: { type: "s3", bucket: "mine", prefix: "in/" },
        filter: { include: ["**/*.csv"], minSize: "1B" },
        deletes: { mode: "mirror", cap: 100 },
        archived: { mode: "restore" },
        tags: "copy",
        limits: { budgetUsd: 5, window: { from: "22:00", to: "06:00" } },
        notify: { emails: ["a@example.com"] },
      }),
      [],
    );
  });

  it("is not yet what the design has beyond that, each named by its place", () => {
    assert.deepEqual(
      pointers({
        ...MINIMAL,
        source: COMPATIBLE,
        targets: [
          { type: "azure-blob", account: "other", access: "federation" },
          { type: "s3", bucket: "bbb", role: "arn:aws:iam::123456789012:role/w" },
        ],
        discover: { events: false, scan: { ...SCAN, using: "listing" } },
        filter: { minAge: "1h" },
        transform: { from: "csv", to: "parquet" },
        compute: "lambda",
        notify: { webhook: "https://hooks.example.com/x" },
      }),
      [
        "/source/type",
        "/targets",
        "/targets/0/account",
        "/targets/0/access",
        "/targets/1/type",
        "/filter/minAge",
        "/transform",
        "/compute",
        "/notify/webhook",
      ],
    );
  });

  it("compares by listing, not yet by inventory", () => {
    const by = (using: string) => pointers({ ...MINIMAL, discover: { scan: { ...SCAN, using } } });
    assert.deepEqual(by("listing"), []);
    assert.deepEqual(by("inventory"), ["/discover/scan/using"]);
  });

  it("is no load yet, said once", () => {
    const load = {
      kind: "load",
      source: { type: "s3", bucket: "exports" },
      warehouse: { type: "redshift-serverless" },
      tables: [{ name: "orders" }],
    };
    assert.deepEqual(availability(accepted(load)), [
      {
        pointer: "/kind",
        detail:
          'The spec is legal, but kind "load" is not available yet; available now: kind "copy".',
      },
    ]);
  });
});
