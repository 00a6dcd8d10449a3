import type { Applied } from "../apply-merged.ts";
import { clip, join, safe } from "./html.ts";

const opening = "<!-- causeway:applied -->";
const most = 4000;

/** The comment, with what became of it put behind its first two lines, in place of what an earlier attempt wrote there. */
export function withResult(body: string, merged: string, results: readonly Applied[]): string {
  const parts = body.split("\n\n").filter((part) => !part.startsWith(opening));
  let left = most;
  const rows = results
    .map(
      ({ pipeline, state, detail, operation }) =>
        safe`<tr><td>${clip(pipeline, 80)}</td><td>${state}</td><td>${clip(detail, 300)}</td><td>${operation ?? ""}</td></tr>`,
    )
    .filter((row) => (left -= row.length) >= 0);
  const more =
    rows.length < results.length ? safe`<p>and ${results.length - rows.length} more</p>` : safe``;
  const block = safe`<p>Applied at ${merged}:</p><table>${join(rows)}</table>${more}`;
  return [...parts.slice(0, 2), `${opening}${block.text}`, ...parts.slice(2)].join("\n\n");
}
