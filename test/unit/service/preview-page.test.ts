import assert from "node:assert/strict";
import fc from "fast-check";
import { previewPage } from "../../../service/previews/page.ts";
import { nasty, preview, step } from "../cli/pr/reports.ts";

describe("the page of a preview", () => {
  it("shows each step and property, and markup of somebody else as text", () => {
    const tags = (html: string): number => html.match(/<[a-z/!]/g)?.length ?? 0;
    const page = (text: string): string => {
      const change = { path: text, kind: "update", before: text, after: text, secret: false };
      const steps = [step("update", text, { why: [text], changes: [change] })];
      return previewPage(preview({ steps, summary: text, commit: text, moved: [text] }));
    };
    assert.match(page("fifo"), /<td>fifo<\/td><td>update<\/td><td>fifo<\/td><td>fifo<\/td>/);
    fc.assert(fc.property(nasty, (text) => assert.equal(tags(page(text)), tags(page("x")))));
  });
});
