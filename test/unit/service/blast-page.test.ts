import assert from "node:assert/strict";
import fc from "fast-check";
import { local } from "../../../service/auth/principal.ts";
import { blastPage } from "../../../service/blast/page.ts";
import type { BlastItem, BlastRadius } from "../../../service/blast/schema.ts";
import { writePage } from "../../../service/web/page.ts";
import { nasty } from "../cli/pr/reports.ts";

const sums = { replacement: 1, failure: 1, update: 0, none: 40, pending: 2 };
const self = "/v1/blast-radius/blast_1";
const radius: BlastRadius = {
  id: "blast_1",
  state: "running",
  createdAt: "2026-11-21T12:00:00.000Z",
  by: "olga",
  program: "4f2a9c1",
  total: 44,
  done: 42,
  pipelines: sums,
  tenants: sums,
  worst: [],
  links: { self, pipelines: `${self}/pipelines`, page: `${self}/page` },
};

function item(pipeline: string, more: Partial<BlastItem> = {}): BlastItem {
  const links = { preview: "/v1/previews/pv_1", operation: "/v1/operations/op_1" };
  return {
    tenant: "acme",
    pipeline,
    class: "replacement",
    counts: null,
    message: null,
    links,
    ...more,
  };
}

describe("the page of a blast radius", () => {
  const page = (items: BlastItem[], next?: string) =>
    writePage(blastPage({ radius, items, next, viewer: local }));

  it("has the sums, and each pipeline with what happens to it and its preview", () => {
    const text = page(
      [item("exports", { counts: { replace: 1, same: 9 } })],
      `${self}/page?cursor=x`,
    );
    assert.match(text, /42 of 44 pipelines looked at/);
    assert.match(text, /<a href="\/v1\/previews\/pv_1\/page">acme\/exports<\/a>/);
    assert.match(text, /<td>replace 1<\/td>/);
    assert.match(text, /href="\/v1\/blast-radius\/blast_1\/page\?cursor=x"/);
  });

  it("shows markup of somebody else as text", () => {
    const tags = (html: string): number => html.match(/<[a-z/!]/g)?.length ?? 0;
    const told = (text: string) => page([item(text, { message: text })]);
    fc.assert(fc.property(nasty, (text) => assert.equal(tags(told(text)), tags(told("x")))));
  });
});
