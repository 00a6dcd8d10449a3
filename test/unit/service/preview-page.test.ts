import assert from "node:assert/strict";
import fc from "fast-check";
import { local } from "../../../service/auth/principal.ts";
import { previewPage } from "../../../service/previews/page.ts";
import { writePage } from "../../../service/web/page.ts";
import { nasty, preview, step } from "../cli/pr/reports.ts";

describe("the page of a preview", () => {
  it("shows each step and property, and markup of somebody else as text", () => {
    const tags = (html: string): number => html.match(/<[a-z/!]/g)?.length ?? 0;
    const page = (text: string): string => {
      const change = { path: text, kind: "update", before: text, after: text, secret: false };
      const steps = [step("update", text, { why: [text], changes: [change] })];
      const shown = preview({ steps, summary: text, commit: text, moved: [text], by: text });
      return writePage(previewPage(shown, local));
    };
    assert.match(
      page("fifo"),
      /<td>fifo<\/td>\s*<td>update<\/td>\s*<td><code>fifo<\/code><\/td>\s*<td><code>fifo<\/code><\/td>/,
    );
    // What turns text around would show an approver another value than the one that is applied.
    assert.match(page("a\u202Eb"), /<code>a\\u\{202e\}b<\/code>/);
    fc.assert(fc.property(nasty, (text) => assert.equal(tags(page(text)), tags(page("x")))));
  });
});
