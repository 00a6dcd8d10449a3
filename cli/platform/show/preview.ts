import type { Preview, PreviewStep } from "../../../service/previews/schema.ts";
import { visibleLine } from "../../../runtime/visible.ts";
import type { Ui } from "../ui.ts";
import { styleOf } from "./paint.ts";

const ORDER = ["replace", "delete", "update", "create", "import"];

/** A preview for a terminal, in the order of the comment: what is dangerous first. */
export function showPreview(ui: Ui, preview: Preview): void {
  const { tenant, pipeline, generation, state, commit } = preview;
  const made = commit === null ? "" : `, commit ${visibleLine(commit).slice(0, 12)}`;
  const to =
    generation.from === null
      ? "a new pipeline"
      : `generation ${generation.from} -> ${generation.to}`;
  ui.print(
    `${ui.paint("bold", `${tenant}/${pipeline}`)}: ${to}${made}, preview ${preview.id} is ${ui.paint(styleOf(state), state)}`,
  );
  ui.print(
    `  ${countsWords(ui, preview)}`,
    `  ${costWords(preview)}`,
    `  ${policyWords(preview)}; ${driftWords(preview)}`,
  );
  for (const { rule, level, resource, message, cure } of preview.policy?.violations ?? []) {
    const word =
      level === "mandatory" ? ui.paint("red", "forbidden") : ui.paint("yellow", "advice");
    const where = resource === null ? "" : ` at ${visibleLine(resource)}`;
    ui.print(`  ${word} by ${rule}${where}: ${visibleLine(message)}`, `    ${visibleLine(cure)}`);
  }
  const { failure } = preview;
  if (failure !== null)
    ui.print(`  ${visibleLine(failure.detail)}`, `  ${visibleLine(failure.remedy)}`);
  for (const moved of preview.moved) ui.print(`  moved: ${visibleLine(moved)}`);
  const steps = [...preview.steps].sort((a, b) => rank(a) - rank(b));
  for (const step of steps) showStep(ui, step);
}

function showStep(ui: Ui, { op, name, type, why, changes }: PreviewStep): void {
  const because = why.length === 0 ? "" : `  because of ${why.map(visibleLine).join(", ")}`;
  ui.print(
    `${ui.paint(styleOf(op), op.padEnd(8))} ${visibleLine(name)}  ${ui.paint("dim", type)}${because}`,
  );
  for (const { path, kind, before, after } of changes) {
    const forced = kind.endsWith("-replace") ? "  forces the replacement" : "";
    ui.print(
      `           ${visibleLine(path)}: ${valueWords(before)} -> ${valueWords(after)}${forced}`,
    );
  }
}

function valueWords(value: string | null): string {
  return value === null ? "(none)" : visibleLine(value);
}

export function countsWords(ui: Ui, { counts, action }: Preview): string {
  const told = ORDER.filter((op) => (counts[op] ?? 0) > 0);
  if (told.length === 0) return action === "none" ? "no changes" : "no changes to resources";
  return told.map((op) => ui.paint(styleOf(op), `${op} ${counts[op] ?? 0}`)).join(", ");
}

export function costWords({ cost }: Preview): string {
  if (cost === null) return "cost not known";
  const { before, after, delta, pricesAsOf } = cost;
  const from = before === null ? "not known" : `$${before.toFixed(2)}`;
  const by = delta === null ? "" : ` (${delta < 0 ? "-" : "+"}$${Math.abs(delta).toFixed(2)})`;
  return `${from} -> $${after.toFixed(2)} a month${by}, list prices of ${pricesAsOf}`;
}

function policyWords({ policy }: Preview): string {
  if (policy === null) return "policy not asked";
  const { passed, violations } = policy;
  if (!passed) return "policy forbids it";
  return violations.length === 0
    ? "policy passed"
    : `policy passed with ${violations.length} advice`;
}

function driftWords({ drift }: Preview): string {
  if (drift === null) return "drift not looked for";
  return drift.resources === 0 ? "no drift" : `${drift.resources} resources changed by hand`;
}

function rank({ op }: PreviewStep): number {
  return ORDER.indexOf(op) + 1 || 9;
}
