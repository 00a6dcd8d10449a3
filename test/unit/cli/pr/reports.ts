import fc from "fast-check";
import type { Preview, PreviewStep } from "../../../../service/previews/schema.ts";
import type { Entry, Outcome, PullReport } from "../../../../cli/pr/report.ts";

export const commit = "0123456789abcdef0123456789abcdef01234567";
export const service = "https://causeway.example.com";

export function step(op: string, name: string, more: Partial<PreviewStep> = {}): PreviewStep {
  const type = "aws:sqs/queue:Queue";
  const urn = `urn:pulumi:acme.exports::causeway::${type}::${name}`;
  return { op, urn, type, name, why: [], changes: [], ...more };
}

export function preview(more: Partial<Preview> = {}): Preview {
  return {
    id: "pv_1",
    tenant: "acme",
    pipeline: "exports",
    operation: "op_1",
    state: "ready",
    action: "update",
    createdAt: "2026-11-21T12:00:00.000Z",
    expiresAt: "2026-11-28T12:00:00.000Z",
    by: "ada",
    commit,
    generation: { from: 3, to: 4 },
    summary: "update 1",
    counts: { update: 1, same: 12 },
    steps: [step("update", "exports-queue")],
    cost: null,
    policy: { passed: true, violations: [] },
    drift: { resources: 0 },
    moved: [],
    digest: "sha256:3f9a",
    failure: null,
    applied: null,
    links: {
      self: "/v1/previews/pv_1",
      operation: "/v1/operations/op_1",
      apply: "/v1/previews/pv_1/apply",
      page: "/previews/pv_1",
    },
    ...more,
  };
}

export function entry(outcome: Outcome, more: Partial<Entry> = {}): Entry {
  return {
    tenant: "acme",
    pipeline: "exports",
    file: "pipelines/acme/exports.yaml",
    change: "changed",
    renamed: undefined,
    fileDigest: "0".repeat(64),
    outcome,
    ...more,
  };
}

export function report(entries: readonly Entry[], more: Partial<PullReport> = {}): PullReport {
  return { commit, service, entries, program: undefined, ...more };
}

/** Text of the kind that breaks out of places: markup, mentions, markers, control characters, and anything else. */
export const nasty = fc.oneof(
  fc.constantFrom(
    "</code></td></tr></table></details>",
    "<!-- causeway:pull-request -->",
    "--> <img src=x onerror=alert(1)>",
    "```\n# heading\n```",
    "`a` | b | c\n|---|",
    "@org/team #123 GH-1 0123456789abcdef0123456789abcdef01234567",
    "[x](javascript:alert(1)) ![y](http://evil.example/p.png)",
    "\n\n<script>alert(1)</script>\n\n",
    "\u202Egnp.exe\u2066",
    "a\u2028b\r\n\r\nc",
    "&lt;b&gt; &#60;",
    "$x$ $$y$$ :tada: ~~s~~",
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.string({ unit: "grapheme", maxLength: 60 }),
);

const change = fc.record({
  path: nasty,
  kind: fc.constantFrom("add", "update", "delete-replace"),
  before: fc.option(nasty),
  after: fc.option(nasty),
  secret: fc.boolean(),
});
const anyStep = fc.record({
  op: fc.oneof(fc.constantFrom("replace", "delete", "update", "create"), nasty),
  urn: nasty,
  type: nasty,
  name: nasty,
  why: fc.array(nasty, { maxLength: 6 }),
  changes: fc.array(change, { maxLength: 4 }),
});
const count = fc.nat(500);
const anyPreview: fc.Arbitrary<Preview> = fc
  .record({
    id: nasty,
    state: fc.constantFrom("ready" as const, "failed" as const, "running" as const),
    action: fc.constantFrom("create" as const, "update" as const, "none" as const),
    expiresAt: fc.oneof(nasty, fc.constant("2026-11-28T12:00:00.000Z")),
    counts: fc.record({ replace: count, delete: count, update: count, create: count }),
    steps: fc.array(anyStep, { maxLength: 6 }),
    cost: fc.option(
      fc.record({
        currency: fc.constant("USD" as const),
        pricesAsOf: nasty,
        before: fc.option(fc.double({ noNaN: true, min: 0, max: 1e6 })),
        after: fc.double({ noNaN: true, min: 0, max: 1e6 }),
        delta: fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 })),
        items: fc.array(
          fc.record({ what: nasty, before: fc.option(fc.nat()), after: fc.option(fc.nat()) }),
          { maxLength: 4 },
        ),
        assumptions: fc.array(nasty, { maxLength: 3 }),
      }),
    ),
    policy: fc.option(
      fc.record({
        passed: fc.boolean(),
        violations: fc.array(
          fc.record({
            rule: nasty,
            level: fc.constantFrom("mandatory" as const, "advisory" as const),
            resource: fc.option(nasty),
            message: nasty,
            cure: nasty,
          }),
          { maxLength: 3 },
        ),
      }),
    ),
    digest: fc.option(nasty),
    failure: fc.option(
      fc.record({
        type: nasty,
        title: nasty,
        detail: nasty,
        code: nasty,
        resource: fc.option(nasty),
        remedy: nasty,
      }),
    ),
    page: fc.oneof(nasty, fc.constant("/previews/pv_1")),
  })
  .map(({ page, ...rest }) => preview({ ...rest, links: { ...preview().links, page } }));

export const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 5, arbitrary: anyPreview.map((one) => ({ kind: "preview" as const, preview: one })) },
  fc.record({
    kind: fc.constant("refused" as const),
    title: nasty,
    problems: fc.array(fc.record({ where: nasty, detail: nasty }), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant("deletion" as const),
    standing: fc.record({
      generation: fc.nat(),
      resources: fc.option(fc.nat()),
      built: fc.array(fc.tuple(nasty, nasty), { maxLength: 4 }),
    }),
  }),
  fc.constant({ kind: "absent" as const }),
  fc.record({ kind: fc.constant("unknown" as const), detail: nasty }),
);

export const anyReport: fc.Arbitrary<PullReport> = fc
  .tuple(
    fc.array(fc.tuple(anyOutcome, nasty, nasty, nasty, fc.option(nasty, { nil: undefined })), {
      maxLength: 5,
    }),
    fc.option(
      fc.record({
        files: fc.array(nasty, { maxLength: 7 }),
        count: fc.nat(),
        blast: fc.oneof(
          fc.record({ kind: fc.constant("unknown" as const), detail: nasty }),
          fc.record({
            kind: fc.constant("known" as const),
            looked: fc.nat(),
            of: fc.nat(),
            unchanged: fc.nat(),
            updated: fc.nat(),
            replaced: fc.nat(),
            failed: fc.nat(),
            worst: fc.array(fc.record({ pipeline: nasty, summary: nasty }), { maxLength: 4 }),
            page: nasty,
          }),
        ),
      }),
      { nil: undefined },
    ),
  )
  .map(([outcomes, program]) =>
    report(
      outcomes.map(([outcome, tenant, pipeline, file, renamed]) =>
        entry(outcome, { tenant, pipeline, file, renamed }),
      ),
      { program },
    ),
  );
