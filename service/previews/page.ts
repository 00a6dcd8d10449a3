import type { Preview, PreviewStep } from "./schema.ts";

/** A preview as one self-contained page, in the order of the pull request's comment; nothing is folded or cut. */
export function previewPage(preview: Preview): string {
  const { tenant, pipeline, state, summary, expiresAt, digest, commit, id } = preview;
  const title = `${tenant}/${pipeline}: ${summary ?? state}`;
  const about: [string, string][] = [
    ["preview", `${id}, ${state}`],
    ["commit", commit ?? "none"],
    ["cost", costWords(preview)],
    ["policy", policyWords(preview)],
    ["drift", preview.drift === null ? "not looked for" : `${preview.drift.resources} resources`],
    ["approve until", expiresAt],
    ["approve by", `causeway approve ${id}${digest === null ? "" : ` --digest ${digest}`}`],
  ];
  const body = [
    `<h1>${escape(title)}</h1>`,
    table([], about),
    list("Moved since", preview.moved),
    list("Rules", (preview.policy?.violations ?? []).map(violationWords)),
    preview.failure === null
      ? ""
      : list("Failed", [preview.failure.detail, preview.failure.remedy]),
    ...preview.steps.map(stepSection),
    costSection(preview),
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><style>${style}</style></head><body><main>${body.join("\n")}</main></body></html>\n`;
}

const style =
  ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{border:1px solid #8888;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}code{font-family:ui-monospace,monospace}";

function stepSection({ op, name, type, why, changes }: PreviewStep): string {
  const because = why.length === 0 ? "" : `<p>because of ${escape(why.join(", "))}</p>`;
  const rows = changes.map(({ path, kind, before, after }): string[] => [
    path,
    kind,
    before ?? "–",
    after ?? "–",
  ]);
  const changed = rows.length === 0 ? "" : table(["property", "kind", "before", "after"], rows);
  return `<h2>${escape(op)} ${escape(name)} <small>${escape(type)}</small></h2>${because}${changed}`;
}

function costSection({ cost }: Preview): string {
  if (cost === null) return "";
  const rows = cost.items.map(({ what, before, after }) => [what, money(before), money(after)]);
  return `<h2>Cost a month, list prices of ${escape(cost.pricesAsOf)}</h2>${table(["what", "now", "then"], rows)}${list("Assumed", cost.assumptions)}`;
}

function costWords({ cost }: Preview): string {
  return cost === null ? "not known" : `${money(cost.before)} → ${money(cost.after)} a month`;
}

function money(amount: number | null): string {
  return amount === null ? "–" : `$${amount.toFixed(2)}`;
}

function policyWords({ policy }: Preview): string {
  if (policy === null) return "not asked";
  return policy.passed ? "passed" : "forbids it";
}

type Violation = NonNullable<Preview["policy"]>["violations"][number];

function violationWords({ rule, level, resource, message, cure }: Violation): string {
  return `${level}: ${rule}${resource === null ? "" : ` at ${resource}`}: ${message} ${cure}`;
}

function list(title: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  return `<h2>${escape(title)}</h2><ul>${items.map((item) => `<li>${escape(item)}</li>`).join("")}</ul>`;
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: "td" | "th", row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join("")}</tr>`;
  const head = titles.length === 0 ? "" : cells("th", titles);
  return `<table>${head}${rows.map((row) => cells("td", row)).join("")}</table>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? "");
}
