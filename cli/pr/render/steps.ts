import type { PreviewChange, PreviewStep } from "../../../service/previews/schema.ts";
import { clip, Html, safe, join } from "./html.ts";

const ORDER = ["replace", "delete", "update", "create", "import"];

/** What can lose something first. */
export function dangerousFirst(steps: readonly PreviewStep[]): PreviewStep[] {
  const rank = ({ op }: PreviewStep): number => ORDER.indexOf(op) + 1 || 9;
  return [...steps].sort((a, b) => rank(a) - rank(b));
}

/** A row for each resource that changes. */
export function stepsTable(steps: readonly PreviewStep[]): Html {
  const rows = dangerousFirst(steps).map(
    (step) =>
      safe`<tr>
        <td>${operation(step.op)}</td>
        <td>${step.name}</td>
        <td>${step.type}</td>
        <td>${reasons(step)}</td>
      </tr>`,
  );
  return safe`<table>
    <tr>
      <th>step</th>
      <th>resource</th>
      <th>type</th>
      <th>because of</th>
    </tr>
    ${rows}
  </table>`;
}

/** Every property of every step, folded. */
export function propertyDiffs(steps: readonly PreviewStep[]): Html {
  const told = dangerousFirst(steps).filter(({ changes }) => changes.length > 0);
  if (told.length === 0) return safe``;
  const count = told.reduce((sum, { changes }) => sum + changes.length, 0);
  return safe`<details>
    <summary>
      ${count} ${plural(count, "property")} of ${told.length} ${plural(told.length, "resource")}
    </summary>
    ${told.map(diffTable)}
  </details>`;
}

function diffTable({ op, name, changes }: PreviewStep): Html {
  return safe`<p>${operation(op)} ${name}</p>
    <table>
      <tr>
        <th>property</th>
        <th>before</th>
        <th>after</th>
      </tr>
      ${changes.map(changeRow)}
    </table>`;
}

function changeRow({ path, kind, before, after }: PreviewChange): Html {
  const forced = kind.endsWith("-replace") ? safe` <b>forces the replacement</b>` : safe``;
  return safe`<tr>
    <td>${path}${forced}</td>
    <td>${value(before)}</td>
    <td>${value(after)}</td>
  </tr>`;
}

function value(text: string | null): Html {
  return text === null ? safe`–` : safe`${clip(text, 500)}`;
}

function reasons({ why, changes }: PreviewStep): Html {
  const names = why.length > 0 ? why : changes.map(({ path }) => path);
  const shown = names.slice(0, 4).map((name) => safe`${clip(name, 120)}`);
  const more = names.length > 4 ? safe` and ${names.length - 4} more` : safe``;
  return safe`${join(shown, " ")}${more}`;
}

/** A step that takes away or replaces is said loudly; unknown words are somebody's. */
export function operation(op: string): Html {
  switch (op) {
    case "replace":
      return safe`<b>replace</b>`;
    case "delete":
      return safe`<b>delete</b>`;
    case "update":
      return safe`update`;
    case "create":
      return safe`create`;
    default:
      return safe`${op}`;
  }
}

/** Our own words. */
export function plural(count: number, one: "property" | "resource" | "pipeline"): Html {
  if (count === 1) return new Html(one);
  return new Html(one === "property" ? "properties" : `${one}s`);
}
