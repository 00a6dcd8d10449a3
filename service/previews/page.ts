import type { Principal } from "../auth/principal.ts";
import { html, type Html } from "../web/html.ts";
import type { Page } from "../web/page.ts";
import type { Preview, PreviewStep } from "./schema.ts";

/** A preview as a page, in the order of the pull request's comment; nothing is folded or cut. */
export function previewPage(preview: Preview, viewer: Principal): Page {
  const { tenant, pipeline, state, summary } = preview;
  const body = html`<main>
    <h1>${tenant}/${pipeline}</h1>
    <p class="lead">${summary ?? "not known yet"}</p>
    ${verdict(preview)} ${about(preview)} ${notice("bad", "Moved since", preview.moved)}
    ${notice("bad", "Failed", failureOf(preview))} ${violations(preview)}
    ${
      preview.steps.length === 0
        ? null
        : html`<h2>What changes</h2>
            ${preview.steps.map(stepSection)}`
    }
    ${costSection(preview)}
  </main>`;
  return { title: `${tenant}/${pipeline}: ${summary ?? state}`, viewer, body };
}

/** How it looks, whether it can be applied, and why not. */
const states: Readonly<Record<Preview["state"], readonly [colour: string, words: string]>> = {
  running: ["warn", "Still being made. Load the page again in a moment."],
  ready: ["good", "Can be applied."],
  failed: ["bad", "Could not be made."],
  applied: ["good", "Was applied."],
  expired: ["bad", "Has expired. Make another preview."],
  outdated: ["bad", "The world has moved since. Make another preview."],
};

function verdict(preview: Preview): Html {
  const { state, applied } = preview;
  const [colour, words] = state === "ready" ? readiness(preview) : states[state];
  const by = applied === null ? null : html` By ${applied.by}, ${moment(applied.at)}.`;
  return html`<div class="notice ${colour}"><strong>${state}</strong>: ${words}${by}</div>`;
}

function readiness({ policy, action }: Preview): readonly [colour: string, words: string] {
  if (policy?.passed === false) return ["bad", "A mandatory rule forbids it."];
  return action === "none" ? ["good", "There is nothing to apply."] : states.ready;
}

function about(preview: Preview): Html {
  const { id, commit, by, createdAt, expiresAt, digest, drift, state, action, policy } = preview;
  const command = `causeway approve ${id}${digest === null ? "" : ` --digest ${digest}`}`;
  const rows: [string, Html | string][] = [
    ["preview", html`<code>${id}</code>, made by ${by}, ${moment(createdAt)}`],
    ["commit", commit === null ? "none" : html`<code>${commit}</code>`],
    ["cost", costWords(preview)],
    ["policy", policyWords(preview)],
    ["drift", drift === null ? "not looked for" : `${drift.resources} resources`],
    ...(state === "ready" && action !== "none" && policy?.passed !== false
      ? [
          ["approve until", moment(expiresAt)] satisfies [string, Html],
          ["approve by", html`<code>${command}</code>`] satisfies [string, Html],
        ]
      : []),
  ];
  return html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

function moment(at: string): Html {
  return html`<time datetime="${at}"
    >${at.replace("T", " ").replace(/(:\d\d)?(\.\d+)?Z$/, " UTC")}</time
  >`;
}

function notice(colour: string, title: string, items: readonly string[]): Html | null {
  if (items.length === 0) return null;
  return html`<div class="notice ${colour}">
    <strong>${title}</strong>
    <ul>
      ${items.map((item) => html`<li>${item}</li>`)}
    </ul>
  </div>`;
}

function failureOf({ failure }: Preview): string[] {
  return failure === null ? [] : [failure.detail, failure.remedy];
}

function violations({ policy }: Preview): Html {
  const there = policy?.violations ?? [];
  const words = (level: "mandatory" | "advisory") =>
    there
      .filter((one) => one.level === level)
      .map(
        ({ rule, resource, message, cure }) =>
          `${rule}${resource === null ? "" : ` at ${resource}`}: ${message} ${cure}`,
      );
  return html`${notice("bad", "Rules that forbid it", words("mandatory"))}${notice("warn", "Rules that warn", words("advisory"))}`;
}

const colours: Readonly<Record<string, string>> = {
  replace: "bad",
  delete: "bad",
  update: "warn",
  create: "good",
};

function stepSection({ op, name, type, why, changes }: PreviewStep): Html {
  const because = why.length === 0 ? null : html`<p>because of ${why.join(", ")}</p>`;
  return html`<section class="step">
    <h3><span class="op ${colours[op] ?? ""}">${op}</span>${name} <small>${type}</small></h3>
    ${because}${changed(changes)}
  </section>`;
}

function changed(changes: PreviewStep["changes"]): Html | null {
  if (changes.length === 0) return null;
  const rows = changes.map(({ path, kind, before, after }) => [path, kind, before, after] as const);
  return html`<div class="scroll">
    <table class="changes">
      <tr>
        <th>property</th>
        <th>kind</th>
        <th>before</th>
        <th>after</th>
      </tr>
      ${rows.map(
        ([path, kind, before, after]) =>
          html`<tr>
            <td>${path}</td>
            <td>${kind}</td>
            <td>${value(before)}</td>
            <td>${value(after)}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

function value(text: string | null): Html {
  return text === null ? html`–` : html`<code>${text}</code>`;
}

function costSection({ cost }: Preview): Html | null {
  if (cost === null) return null;
  const rows = cost.items.map(
    ({ what, before, after }) =>
      html`<tr>
        <td>${what}</td>
        <td class="number">${money(before)}</td>
        <td class="number">${money(after)}</td>
      </tr>`,
  );
  return html`<h2>Cost a month, list prices of ${cost.pricesAsOf}</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>what</th>
          <th class="number">now</th>
          <th class="number">then</th>
        </tr>
        ${rows}
      </table>
    </div>
    <p class="fine">Assumed:</p>
    <ul class="fine">
      ${cost.assumptions.map((one) => html`<li>${one}</li>`)}
    </ul>`;
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
