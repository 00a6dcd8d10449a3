import type { Preview, PreviewCost } from "../../../service/previews/schema.ts";
import { clip, safe, Html, join, link } from "./html.ts";
import { operation } from "./steps.ts";

const STEPS = ["replace", "delete", "update", "create", "import"];

/** `replace 1, update 2`: what changes, the dangerous first. */
export function countsOf(counts: Readonly<Record<string, number>>): Html {
  const known = STEPS.filter((step) => (counts[step] ?? 0) > 0);
  if (known.length === 0) return safe`no changes`;
  return join(
    known.map((step) => safe`${operation(step)} ${counts[step] ?? 0}`),
    ", ",
  );
}

/** `18.20 → 36.40 USD a month (+18.20)`. Without a dollar sign: GitHub takes two of them for a formula. */
export function costLine(cost: PreviewCost | null): Html {
  if (cost === null) return safe`cost not known`;
  const { before, after, delta } = cost;
  const from = before === null ? safe`not known` : safe`${money(before)}`;
  const by = delta === null ? safe`` : safe` (${delta > 0 ? plus : safe``}${money(delta)})`;
  return safe`${from} → ${money(after)} USD a month${by}`;
}

const plus = new Html("+");

/** Every line of it, folded. */
export function costTable(cost: PreviewCost | null): Html {
  if (cost === null || cost.items.length === 0) return safe``;
  const rows = cost.items.map(
    ({ what, before, after }) =>
      safe`<tr>
        <td>${clip(what, 300)}</td>
        <td>${amount(before)}</td>
        <td>${amount(after)}</td>
      </tr>`,
  );
  const assumed = cost.assumptions.map((text) => safe`<li>${clip(text, 300)}</li>`);
  return safe`<details>
    <summary>cost by resource, list prices of ${cost.pricesAsOf}</summary>
    <table>
      <tr>
        <th>what</th>
        <th>now</th>
        <th>then</th>
      </tr>
      ${rows}
    </table>
    <ul>
      ${assumed}
    </ul>
  </details>`;
}

export function policyLine({ policy }: Preview): Html {
  if (policy === null) return safe`policy not asked`;
  const { violations } = policy;
  const forbidden = violations.filter(({ level }) => level === "mandatory").length;
  if (forbidden > 0) return safe`<b>policy forbids it: ${forbidden}</b>`;
  return violations.length === 0
    ? safe`policy passed`
    : safe`policy passed with ${violations.length} advice`;
}

/** Each broken rule with its cure, mandatory ones first; never folded. */
export function violationsList({ policy }: Preview): Html {
  if (policy === null || policy.violations.length === 0) return safe``;
  const sorted = [...policy.violations].sort((a, b) => b.level.localeCompare(a.level));
  const items = sorted.map(({ rule, level, resource, message, cure }) => {
    const kind = level === "mandatory" ? safe`<b>forbidden</b>` : safe`advice`;
    const where = resource === null ? safe`` : safe` at ${clip(resource, 300)}`;
    return safe`<li>
      ${kind} by ${rule}${where}: ${clip(message, 600)} Cure: ${clip(cure, 600)}
    </li>`;
  });
  return safe`<ul>
    ${items}
  </ul>`;
}

export function driftLine({ drift }: Preview): Html {
  if (drift === null) return safe`drift not looked for`;
  return drift.resources === 0 ? safe`no drift` : safe`<b>${drift.resources} changed by hand</b>`;
}

/** `2026-11-28 14:05 UTC` of an ISO date. */
export function moment(iso: string): Html {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso) ?? [];
  return day === undefined ? safe`${iso}` : new Html(`${day} ${time ?? ""} UTC`);
}

export function pageLink(service: string, path: string): Html {
  return link(URL.canParse(path, service) ? new URL(path, service).href : path, "full page");
}

function money(amount: number): Html {
  return new Html(amount.toFixed(2));
}

function amount(value: number | null): Html {
  return value === null ? safe`–` : money(value);
}
