import type { ProgramChange } from "../report.ts";
import { pageLink } from "./figures.ts";
import { clip, safe, type Html } from "./html.ts";
import { plural } from "./steps.ts";

/** The worst few are enough to decide on; the page has all. */
const mostCharacters = 6000;

/** What a change of the program does to the pipelines that stand. */
export function blastSection({ files, count, blast }: ProgramChange, service: string): Html {
  const shown = files.slice(0, 5).map((file) => safe`${clip(file, 200)} `);
  const more = count > 5 ? safe`and ${count - 5} more ` : safe``;
  const changed = safe`<p>The program changes: ${shown}${more}</p>`;
  if (blast.kind === "unknown") {
    return safe`<h4>Every pipeline</h4>
      ${changed}
      <p>
        <b>What that does to the pipelines that stand is not known</b>: ${clip(blast.detail, 1000)}
      </p>`;
  }
  const { looked, of, unchanged, updated, replaced, failed, worst } = blast;
  let left = mostCharacters;
  const rows = worst.map(worstRow).filter((row) => (left -= row.length) >= 0);
  const table =
    rows.length === 0
      ? safe``
      : safe`<table>
          ${rows}
        </table>`;
  return safe`<h4>Every pipeline</h4>
    ${changed}
    <p>
      Of ${looked} ${plural(looked, "pipeline")} looked at (${of} stand):
      <b>replacements in ${replaced}</b>, <b>failures in ${failed}</b>, updates in ${updated}, no
      change in ${unchanged} · ${pageLink(service, blast.page)}
    </p>
    ${table}`;
}

function worstRow({ pipeline, summary }: { pipeline: string; summary: string }): Html {
  return safe`<tr><td>${clip(pipeline, 120)}</td><td>${clip(summary, 300)}</td></tr>`;
}
