import assert from "node:assert/strict";
import fc from "fast-check";
import { longest, marker, renderComment } from "../../../../cli/pr/render/comment.ts";
import { anyReport, commit, entry, preview, report, step } from "./reports.ts";

const state = "<!-- causeway:state e30= -->";

/** The comment without what is in its code elements: the part that is ours, and must not depend on what is somebody's. */
const CODE = /<code>([^<]*)<\/code>/g;
const OURS =
  /^(<(\/?(p|b|table|tr|td|th|ul|li|details|summary|sub|h4)|details open|a href="https?:\/\/[^"<>\s]*"|\/a)>|[^<>&@#`*_[\]\\!$|~\n]|#### |\u2026)*$/;

function blocksOf(body: string): string[] {
  return body.split("\n\n");
}

describe("the comment of a pull request", () => {
  it("keeps whatever a spec or a preview holds inside its code element", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const [first, second, title, ...blocks] = blocksOf(renderComment(any, state));
        assert.equal(first, marker);
        assert.equal(second, state);
        assert.match(title ?? "", /^### Causeway: [^<>@\n]* · <code>0123456789ab<\/code>$/);
        for (const block of blocks) {
          assert.match(
            block,
            /^<(p|table|details|h4)[ >]/,
            "an HTML block, so that nothing in it is Markdown",
          );
          assert.ok(!block.includes("\n"));
          for (const [, content = ""] of block.matchAll(CODE)) {
            assert.match(
              content,
              /^([^&<>"'\p{Cc}\p{Bidi_Control}]|&(amp|lt|gt|quot|#39|#10|#9);)*$/u,
            );
          }
          const skeleton = block.replaceAll(CODE, "");
          const ours = skeleton.replaceAll(/<a href="(https?:\/\/[^"<>\s]*)">/g, "<b>");
          assert.match(ours, OURS);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("closes each element that it opens, in order", () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        for (const block of blocksOf(renderComment(any, state)).slice(3)) {
          const open: string[] = [];
          for (const [, end, name = ""] of block.matchAll(/<(\/?)([a-z0-9]+)[^>]*>/g)) {
            if (end === "") open.push(name);
            else assert.equal(open.pop(), name, block);
          }
          assert.deepEqual(open, []);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("tells what is dangerous first: title, counts, cost, policy, drift, resources, diffs, approval, next", () => {
    const cost = {
      currency: "USD" as const,
      pricesAsOf: "2026-11-01",
      before: 18.2,
      after: 36.4,
      delta: 18.2,
      items: [{ what: "worker", before: 18.2, after: 36.4 }],
      assumptions: ["at rest"],
    };
    const change = {
      path: "fifo",
      kind: "update-replace",
      before: "false",
      after: "true",
      secret: false,
    };
    const steps = [
      step("create", "alarm"),
      step("replace", "queue", { why: ["fifo"], changes: [change] }),
      step("update", "role"),
    ];
    const counts = { create: 1, replace: 1, update: 1, same: 9 };
    const one = preview({ steps, counts, cost });
    const body = renderComment(report([entry({ kind: "preview", preview: one })]), state);
    const order = [
      "look closely: replaces 1 resource",
      "<b>replace</b> 1 · <b>delete</b> 0 · update 1 · create 1",
      "18.20 → 36.40 USD a month (+18.20)",
      "policy passed",
      "no drift",
      "<td><code>queue</code></td>",
      "<td><code>role</code></td>",
      "<td><code>alarm</code></td>",
      "forces the replacement",
      "until 2026-11-28 12:00 UTC",
      "causeway approve pv_1 --digest sha256:3f9a",
      'href="https://causeway.example.com/previews/pv_1"',
      "causeway apply --merged",
      commit,
    ];
    let from = 0;
    for (const part of order) {
      const at = body.indexOf(part, from);
      assert.ok(at >= from, `${part} comes after what is before it in:\n${body}`);
      from = at;
    }
  });

  it("says in its title what cannot be merged, and nobody is asked to approve what a rule forbids", () => {
    const violations = [
      {
        rule: "region",
        level: "mandatory" as const,
        resource: null,
        message: "us-east-1",
        cure: "eu",
      },
    ];
    const forbidden = preview({ policy: { passed: false, violations } });
    const body = renderComment(report([entry({ kind: "preview", preview: forbidden })]), state);
    assert.match(body, /^### Causeway: cannot be merged as it is/m);
    assert.match(body, /forbidden<\/b> by <code>region/);
    assert.ok(!body.includes("causeway approve"));
  });

  it("explains a rename as what it is", () => {
    const standing = {
      generation: 4,
      resources: 12,
      built: [["bucket", "cw-acme-exports"] as const],
    };
    const renamed = "pipelines/acme/exports.yaml";
    const body = renderComment(
      report([entry({ kind: "deletion", standing }, { renamed, change: "deleted" })]),
      state,
    );
    assert.match(body, /deletes 1 pipeline/);
    assert.match(body, /A pipeline cannot change its name/);
    assert.match(body, /cw-acme-exports/);
  });

  it("stays below its limit with 500 resources and with 300 pipelines, in whole sections", () => {
    const long = '"'.repeat(180);
    const changes = Array.from({ length: 8 }, (_, index) => ({
      path: `a.b[${index}]`,
      kind: "update",
      before: long,
      after: long,
      secret: false,
    }));
    const many = Array.from({ length: 500 }, (_, index) =>
      step("update", `r${index}`, { changes }),
    );
    const big = preview({ steps: many, counts: { update: 500 } });
    const one = renderComment(report([entry({ kind: "preview", preview: big })]), state);
    assert.ok(one.length <= longest, String(one.length));
    assert.match(one, /the details are on its <a href|Property by property on its <a href/);

    const few = many.slice(0, 5);
    const all = Array.from({ length: 300 }, (_, index) =>
      entry(
        { kind: "preview", preview: preview({ steps: few, counts: { update: 5 } }) },
        { pipeline: `p${index}` },
      ),
    );
    for (const count of [2, 10, 60, 300]) {
      const body = renderComment(report(all.slice(0, count)), state);
      assert.ok(body.length <= longest, `${count}: ${body.length}`);
      const opened = body.match(/<details/g)?.length ?? 0;
      assert.equal(body.match(/<\/details>/g)?.length ?? 0, opened);
    }
  });

  it("stays below its limit whatever is as long as can be", () => {
    const long = '"\u202e'.repeat(4000);
    const names = { tenant: long, pipeline: long, file: long, renamed: long };
    const outcomes = [
      { kind: "refused" as const, title: long, problems: [{ where: long, detail: long }] },
      { kind: "unknown" as const, detail: long },
      {
        kind: "preview" as const,
        preview: preview({ steps: [step(long, long, { why: [long] })] }),
      },
    ];
    const entries = Array.from({ length: 120 }, (_, index) =>
      entry(outcomes[index % outcomes.length]!, names),
    );
    const worst = Array.from({ length: 200 }, () => ({ pipeline: long, summary: long }));
    const figures = { looked: 9, of: 9, unchanged: 9, updated: 0, replaced: 0, failed: 0 };
    const blast = { kind: "known" as const, ...figures, worst, page: "/blast/1" };
    const program = { files: Array<string>(9).fill(long), count: 9, blast };
    const body = renderComment(report(entries, { program }), state);
    assert.ok(body.length <= longest, String(body.length));
  });

  it("shows a whole section for each pipeline while there is room", () => {
    const two = ["a", "b"].map((pipeline) =>
      entry({ kind: "preview", preview: preview() }, { pipeline }),
    );
    const body = renderComment(report(two), state);
    assert.equal(body.match(/<details open>/g)?.length, 2);
    assert.match(body, /2 pipelines change, nothing is replaced or deleted/);
  });
});
