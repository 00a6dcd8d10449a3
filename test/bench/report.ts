import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import type { Case, Goal, Sample } from "./cases/case.ts";
import { cpu, memory, number, wall } from "./cases/figures.ts";

export type Results = ReadonlyMap<string, readonly Sample[]>;

/** A case's section of the report. `provenance`: versions and command. */
export function section(each: Case, results: Results, provenance: string): string {
  const [first] = each.columns;
  if (first === undefined) return "";
  const header = ["tool", "runs", ...each.columns.map(([title]) => title)];
  const rows = [...results].map(([name, samples]) => [
    name,
    String(samples.length),
    ...each.columns.map(([, text]) => text(samples)),
  ]);
  const goals = each.goals
    .map((goal) => goalLine(goal, results))
    .filter((line) => line !== undefined);
  const lines = [
    `${each.title}. ${provenance}, ${new Date().toISOString().slice(0, 16)}Z`,
    "",
    line(header),
    line(header.map(() => "---")),
    ...rows.map(line),
    ...(each.note === undefined ? [] : ["", each.note]),
    ...ratios(results),
    ...(goals.length > 0 ? ["", ...goals] : []),
  ];
  return lines.join("\n");
}

/** Ours beside each peer. */
function ratios(results: Results): string[] {
  const names = [...results.keys()];
  const own = names.filter((name) => name.startsWith("causeway"));
  const peers = names.filter((name) => !name.startsWith("causeway"));
  if (own.length === 0 || peers.length === 0) return [];
  const cell = (ours: readonly Sample[], theirs: readonly Sample[]) =>
    [wall, cpu, memory]
      .map((measure) => `${number(measure(ours) / measure(theirs), 2)}x`)
      .join(" / ");
  return [
    "",
    "Time / CPU / memory as multiples of the peer's:",
    "",
    line(["", ...peers]),
    line(["---", ...peers.map(() => "---")]),
    ...own.map((name) =>
      line([name, ...peers.map((peer) => cell(results.get(name) ?? [], results.get(peer) ?? []))]),
    ),
  ];
}

function goalLine(goal: Goal, results: Results): string | undefined {
  const own = results.get(goal.of);
  const peer = goal.against === undefined ? undefined : results.get(goal.against);
  if (own === undefined || (goal.against !== undefined && peer === undefined)) return undefined;
  const figure = peer === undefined ? goal.measure(own) : goal.measure(own) / goal.measure(peer);
  const held = goal.relation === "at least" ? figure >= goal.factor : figure <= goal.factor;
  const times = goal.against === undefined ? "" : "x";
  const against = goal.against === undefined ? "" : ` of ${goal.against}`;
  return `- ${held ? "held" : "NOT HELD"}: ${goal.of}: ${goal.figure} ${number(figure, 2)}${times}${against} (asked: ${goal.relation} ${number(goal.factor, 2)}${times})`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

/** Puts sections into the report, each in the place of its older self; the order is that of `names`. */
export async function update(
  file: string,
  preface: string,
  sections: ReadonlyMap<string, string>,
  names: readonly string[],
): Promise<void> {
  const older = existsSync(file) ? parsed(readFileSync(file, "utf8")) : new Map<string, string>();
  const all = new Map([...older, ...sections]);
  const ordered = [...names, ...[...all.keys()].filter((name) => !names.includes(name))];
  const body = ordered
    .filter((name) => all.has(name))
    .map((name) => `## ${name}\n\n${all.get(name) ?? ""}\n`);
  const text = `${preface}\n\n${body.join("\n")}`;
  writeFileSync(file, await format(text, { parser: "markdown", printWidth: 100 }));
}

function parsed(text: string): Map<string, string> {
  const parts = text.split(/^## /m).slice(1);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf("\n");
      return [part.slice(0, end).trim(), part.slice(end).trim()];
    }),
  );
}
