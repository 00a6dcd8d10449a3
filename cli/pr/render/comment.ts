import { danger, verdictOf, type Entry, type PullReport } from "../report.ts";
import { blastSection } from "./blast.ts";
import { costLine, driftLine, policyLine } from "./figures.ts";
import { clip, Html, join, safe } from "./html.ts";
import { section, inBrief, type Depth } from "./section.ts";
import { operation, plural } from "./steps.ts";

/** GitHub refuses 65,536 characters; this leaves room for how it counts. */
export const longest = 60_000;

/** Found by this line, whatever else the comment says. */
export const marker = "<!-- causeway:pull-request -->";

/**
 * The comment of a pull request: first what a reviewer must know in ten seconds, then a pipeline after the other, the dangerous first. What does
 * not fit is left out by whole sections, each replaced by a line with a link; nothing is ever cut within one.
 * @param state - What `causeway apply --merged` needs to find again, as one line.
 */
export function renderComment(report: PullReport, state: string): string {
  const entries = [...report.entries].sort((a, b) => danger(b) - danger(a));
  const before = [marker, state, `### ${titleOf(report).text}`, totals(entries).text];
  const after = [
    report.program === undefined ? "" : blastSection(report.program, report.service).text,
    footer(report).text,
  ];
  const fixed = [...before, ...after].join("\n\n").length + 4;
  const overview = entries.length > 1 ? overviewTable(entries, (longest - fixed) / 2) : safe``;
  const room = longest - fixed - overview.length - 4;
  const sections = fit(entries, report, room);
  return [...before, overview.text, sections.text, ...after]
    .filter((part) => part !== "")
    .join("\n\n");
}

function titleOf(report: PullReport): Html {
  const commit = new Html(
    `<code>${report.commit.slice(0, 12).replaceAll(/[^0-9a-f]/g, "")}</code>`,
  );
  return safe`Causeway: ${verdictWords(report)} · ${commit}`;
}

/** The sentence that a reviewer in a hurry takes away. */
export function verdictWords(report: PullReport): Html {
  const { entries } = report;
  const verdict = verdictOf(report);
  const sums = sumsOf(entries);
  const gone = entries.filter(({ outcome }) => outcome.kind === "deletion").length;
  if (verdict === "failure") return safe`cannot be merged as it is`;
  if (verdict === "error") return safe`not all could be found out`;
  const lost = [
    ...(gone > 0 ? [safe`deletes ${gone} ${plural(gone, "pipeline")}`] : []),
    ...(sums["replace"] > 0
      ? [safe`replaces ${sums["replace"]} ${plural(sums["replace"], "resource")}`]
      : []),
    ...(sums["delete"] > 0
      ? [safe`deletes ${sums["delete"]} ${plural(sums["delete"], "resource")}`]
      : []),
  ];
  if (lost.length > 0) return safe`look closely: ${join(lost, ", ")}`;
  const changed = entries.filter(changes).length;
  return changed === 0
    ? safe`nothing changes`
    : safe`${changed} ${plural(changed, "pipeline")} ${changed === 1 ? one : many}, nothing is
      replaced or deleted`;
}

const one = new Html("changes");
const many = new Html("change");

function changes({ outcome }: Entry): boolean {
  return (
    outcome.kind === "deletion" || (outcome.kind === "preview" && outcome.preview.action !== "none")
  );
}

const STEPS = ["replace", "delete", "update", "create"] as const;

export function sumsOf(entries: readonly Entry[]): Record<(typeof STEPS)[number], number> {
  const sums = { replace: 0, delete: 0, update: 0, create: 0 };
  for (const { outcome } of entries) {
    if (outcome.kind === "preview") {
      for (const step of STEPS) sums[step] += outcome.preview.counts[step] ?? 0;
    } else if (outcome.kind === "deletion") sums.delete += outcome.standing.resources ?? 0;
  }
  return sums;
}

/** Resources by step, and dollars, over all pipelines. */
function totals(entries: readonly Entry[]): Html {
  if (entries.length === 0) return safe``;
  const sums = sumsOf(entries);
  const counts = join(
    STEPS.map((step) => safe`${operation(step)} ${sums[step]}`),
    " · ",
  );
  const previews = entries.flatMap(({ outcome }) =>
    outcome.kind === "preview" ? [outcome.preview] : [],
  );
  const costs = previews.flatMap(({ cost }) => (cost === null ? [] : [cost]));
  const [first] = costs;
  const sum = first && {
    ...first,
    before: costs.reduce((all, { before }) => all + (before ?? 0), 0),
    after: costs.reduce((all, { after }) => all + after, 0),
    delta: costs.reduce((all, { before, after }) => all + after - (before ?? 0), 0),
  };
  const cost = sum === undefined ? safe`` : safe` · ${costLine(sum)}`;
  const only = previews.length === 1 ? previews[0] : undefined;
  const rest = only === undefined ? safe`` : safe` · ${policyLine(only)} · ${driftLine(only)}`;
  return safe`<p>${counts}${cost}${rest}</p>`;
}

/** A row for each pipeline, as many as fit; the others are counted. */
function overviewTable(entries: readonly Entry[], room: number): Html {
  const rows: Html[] = [];
  let used = 400;
  for (const entry of entries) {
    const row = overviewRow(entry);
    if (used + row.length > room) break;
    used += row.length;
    rows.push(row);
  }
  const left = entries.length - rows.length;
  const more =
    left === 0
      ? safe``
      : safe`<tr>
          <td>and ${left} more</td>
          <td>see the job's log, or <b>causeway get previews</b></td>
        </tr>`;
  return safe`<table>
    <tr>
      <th>pipeline</th>
      <th>what happens</th>
      <th>cost</th>
      <th>policy</th>
      <th>drift</th>
    </tr>
    ${rows}${more}
  </table>`;
}

function overviewRow({ tenant, pipeline, outcome }: Entry): Html {
  const name = safe`<td>${clip(tenant, 60)}/${clip(pipeline, 60)}</td>
    <td>${inBrief(outcome)}</td>`;
  if (outcome.kind !== "preview")
    return safe`<tr>
      ${name}
      <td></td>
      <td></td>
      <td></td>
    </tr>`;
  const { preview } = outcome;
  return safe`<tr>
    ${name}
    <td>${costLine(preview.cost)}</td>
    <td>${policyLine(preview)}</td>
    <td>${driftLine(preview)}</td>
  </tr>`;
}

const between = "\n\n";

/** Each section as deep as there is room for while every later one keeps its line; where not even the lines fit, the last are counted. */
function fit(entries: readonly Entry[], { service }: PullReport, room: number): Html {
  const view = { service, open: entries.length <= 3 };
  const at = (entry: Entry, depth: Depth): Html => section(entry, depth, view);
  const cost = ({ length }: Html): number => length + between.length;
  const lines = entries.map((entry) => at(entry, "line"));
  const shown: Html[] = [];
  let left = room;
  let later = lines.reduce((sum, line) => sum + cost(line), 0);
  if (later > left) return countedLines(lines, room);
  for (const [index, entry] of entries.entries()) {
    const line = lines[index] ?? safe``;
    later -= cost(line);
    const deeper = [at(entry, "full"), at(entry, "table")];
    const chosen = deeper.find((one) => cost(one) + later <= left) ?? line;
    shown.push(chosen);
    left -= cost(chosen);
  }
  return join(shown, between);
}

function countedLines(lines: readonly Html[], room: number): Html {
  const closing = 200;
  let left = room - closing;
  const shown = lines.filter((line) => (left -= line.length + between.length) >= 0);
  const rest = safe`<p>
    ${lines.length - shown.length} more pipelines do not fit here: see the table, the job's log, or
    <b>causeway get previews</b>
  </p>`;
  return join([...shown, rest], between);
}

function footer({ commit, entries }: PullReport): Html {
  const waiting = entries.some(changes);
  const next = waiting
    ? safe`After the merge ${"causeway apply --merged"} applies exactly these previews, or says what
      has moved. `
    : safe``;
  return safe`<p><sub>${next}Made from ${commit}; a push to this branch makes it anew.</sub></p>`;
}
