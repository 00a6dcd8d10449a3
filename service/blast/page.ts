import type { Principal } from "../auth/principal.ts";
import { classes } from "../db/blast.ts";
import { html, type Html } from "../web/html.ts";
import type { Page } from "../web/page.ts";
import type { BlastItem, BlastRadius } from "./schema.ts";

interface Shown {
  radius: BlastRadius;
  items: readonly BlastItem[];
  /** The address of the next page of pipelines. */
  next: string | undefined;
  viewer: Principal;
}

const words: Readonly<Record<BlastItem["class"], readonly [colour: string, words: string]>> = {
  replacement: ["bad", "replaced"],
  failure: ["bad", "failed"],
  update: ["warn", "updated"],
  none: ["good", "unchanged"],
  pending: ["", "not looked at"],
};

/** What a program would do to every pipeline, the dangerous first, each with its preview. */
export function blastPage({ radius, items, next, viewer }: Shown): Page {
  const { id, program, by, createdAt, done, total, pipelines, tenants } = radius;
  const title = `What the program ${program ?? "of this service"} would do`;
  const body = html`<main>
    <h1>${title}</h1>
    <p class="lead">
      ${done} of ${total} pipelines looked at; <code>${id}</code>, asked for by ${by}, ${createdAt}
    </p>
    <table>
      <tr>
        <th></th>
        <th class="number">pipelines</th>
        <th class="number">tenants, by their worst</th>
      </tr>
      ${classes.map(
        (one) =>
          html`<tr>
            <td>${badge(one)}</td>
            <td class="number">${pipelines[one]}</td>
            <td class="number">${tenants[one]}</td>
          </tr>`,
      )}
    </table>
    <h2>Pipelines, the dangerous first</h2>
    ${items.length === 0 ? html`<p>None.</p>` : list(items)}
    ${next === undefined ? null : html`<p class="ways"><a class="button second" href="${next}">More pipelines</a></p>`}
  </main>`;
  return { title, viewer, body };
}

function badge(one: BlastItem["class"]): Html {
  const [colour, text] = words[one];
  return html`<span class="op ${colour}">${text}</span>`;
}

function list(items: readonly BlastItem[]): Html {
  return html`<div class="scroll">
    <table>
      <tr>
        <th>pipeline</th>
        <th>would be</th>
        <th>steps</th>
      </tr>
      ${items.map(
        ({ tenant, pipeline, class: kind, counts, message, links }) =>
          html`<tr>
            <td><a href="${links.preview}/page">${tenant}/${pipeline}</a></td>
            <td>${badge(kind)}</td>
            <td>${message ?? stepsOf(counts)}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

function stepsOf(counts: BlastItem["counts"]): string {
  const told = Object.entries(counts ?? {}).filter(([step]) => step !== "same");
  return told.map(([step, count]) => `${step} ${count}`).join(", ");
}
