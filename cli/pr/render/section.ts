import type { Preview } from "../../../service/previews/schema.ts";
import { verdictOn, type Entry, type Standing } from "../report.ts";
import {
  costLine,
  costTable,
  countsOf,
  driftLine,
  moment,
  pageLink,
  policyLine,
  violationsList,
} from "./figures.ts";
import { clip, safe, type Html } from "./html.ts";
import { plural, propertyDiffs, stepsTable } from "./steps.ts";

/** How much of a pipeline is shown: all, no property diffs, or only where it stands. Nothing is cut within one. */
export type Depth = "full" | "table" | "line";

export interface View {
  readonly service: string;
  readonly open: boolean;
}

/** One pipeline: one HTML block on one line, so that nothing in it can end it. */
export function section(entry: Entry, depth: Depth, view: View): Html {
  if (depth === "line") return line(entry, view);
  const body = safe`<summary>${head(entry)}</summary>${bodyOf(entry, depth, view)}<p>${whence(entry)}</p>`;
  return view.open ? safe`<details open>${body}</details>` : safe`<details>${body}</details>`;
}

/** Whole sections that do not fit are this line, and the page has the rest. */
function line(entry: Entry, { service }: View): Html {
  const more =
    entry.outcome.kind === "preview"
      ? safe`: the details are on its ${pageLink(service, entry.outcome.preview.links.page)}`
      : safe`: too long for this comment; run <b>causeway preview</b> on the file`;
  return safe`<p>${head(entry)}${more}</p>`;
}

function head(entry: Entry): Html {
  const { tenant, pipeline, outcome } = entry;
  return safe`<b>${clip(tenant, 60)}/${clip(pipeline, 60)}</b>: ${inBrief(outcome)}`;
}

/** What a reviewer reads first about it. */
export function inBrief(outcome: Entry["outcome"]): Html {
  switch (outcome.kind) {
    case "preview":
      return previewBrief(outcome.preview);
    case "refused":
      return safe`<b>not accepted</b>: ${clip(outcome.title, 200)}`;
    case "deletion":
      return safe`<b>delete the pipeline</b>${resources(outcome.standing)}`;
    case "absent":
      return safe`nothing to delete: there is no such pipeline`;
    case "unknown":
      return safe`<b>not known</b>`;
  }
}

function previewBrief(preview: Preview): Html {
  const { state, action, counts, failure } = preview;
  if (state === "failed") return safe`<b>preview failed</b>${title(failure)}`;
  if (verdictOn({ kind: "preview", preview }) === "error") return safe`<b>preview is ${state}</b>`;
  if (action === "none") return safe`no changes`;
  return action === "create" ? safe`new pipeline, ${countsOf(counts)}` : safe`${countsOf(counts)}`;
}

function title(failure: Preview["failure"]): Html {
  return failure === null ? safe`` : safe`: ${clip(failure.title, 200)}`;
}

function bodyOf(entry: Entry, depth: Depth, view: View): Html {
  const { outcome } = entry;
  switch (outcome.kind) {
    case "preview":
      return previewBody(outcome.preview, depth, view);
    case "refused":
      return safe`<ul>
        ${outcome.problems.map(
          ({ where, detail }) =>
            safe`<li>${where === "" ? safe`` : safe`${where} `}${clip(detail, 1000)}</li>`,
        )}
      </ul>`;
    case "deletion":
      return deletionBody(entry, outcome.standing);
    case "absent":
      return safe``;
    case "unknown":
      return safe`<p>${clip(outcome.detail, 2000)}</p>`;
  }
}

function previewBody(preview: Preview, depth: Depth, view: View): Html {
  const { steps, cost, failure, links } = preview;
  const broken =
    failure === null
      ? safe``
      : safe`<p>${clip(failure.detail, 2000)} What to do: ${clip(failure.remedy, 600)}</p>`;
  const table = steps.length === 0 ? safe`` : stepsTable(steps);
  const details = depth === "full" ? safe`${propertyDiffs(steps)}${costTable(cost)}` : safe``;
  const left =
    depth === "full"
      ? safe`<p>${pageLink(view.service, links.page)}</p>`
      : safe`<p>Property by property on its ${pageLink(view.service, links.page)}</p>`;
  return safe`<p>${costLine(cost)} · ${policyLine(preview)} · ${driftLine(preview)}</p>
    ${violationsList(preview)}${broken}${table}${details}${approval(preview)}${left}`;
}

/** Who may say yes, how long it holds, and to what exactly. */
function approval(preview: Preview): Html {
  const { id, tenant, expiresAt, digest, state, action } = preview;
  if (state !== "ready" || digest === null || action === "none") return safe``;
  if (preview.policy?.passed === false) {
    return safe`<p>Nobody can approve it while a mandatory rule forbids it.</p>`;
  }
  return safe`<p>
    Merging approves it; or a writer or admin of ${tenant}, until ${moment(expiresAt)}:
    ${`causeway approve ${id} --digest ${digest}`}
  </p>`;
}

function deletionBody({ renamed }: Entry, { built, generation }: Standing): Html {
  const why =
    renamed === undefined
      ? safe`Its file is gone.`
      : safe`Its file was renamed. A pipeline cannot change its name: this one is deleted, the other
        one is made anew, and copies everything again.`;
  const items = built.map(([name, value]) => safe`<li>${name}: ${clip(value, 200)}</li>`);
  const list =
    items.length === 0
      ? safe``
      : safe`<ul>
          ${items}
        </ul>`;
  return safe`<p>
      ${why} What was built for generation ${generation} goes with it, and the deletion fails before
      it takes away what holds data, unless the service is set up to delete data.
    </p>
    ${list}`;
}

function resources({ resources }: Standing): Html {
  return resources === null ? safe`` : safe`, ${resources} ${plural(resources, "resource")}`;
}

function whence({ file, renamed, change }: Entry): Html {
  if (renamed === undefined) return safe`From ${file} (${change})`;
  return change === "deleted"
    ? safe`From ${file}, now ${renamed}`
    : safe`From ${file}, earlier ${renamed}`;
}
