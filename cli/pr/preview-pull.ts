import { appendFile } from "node:fs/promises";
import { BadUsage } from "../errors.ts";
import { Exit } from "../exit.ts";
import type { RawOptions } from "../options.ts";
import type { Setting } from "../platform/setting.ts";
import { textOf } from "../platform/settings.ts";
import { countsWords } from "../platform/show/preview.ts";
import { visibleLine } from "../../runtime/visible.ts";
import { blastOf } from "./blast.ts";
import { changesOf, type Changes } from "./changes.ts";
import { entriesOf } from "./entries.ts";
import { readJob, type Job } from "./event.ts";
import { Git } from "./git.ts";
import { GitHub, type Pull } from "./github.ts";
import { renderComment } from "./render/comment.ts";
import { statusWords } from "./render/status.ts";
import { verdictOf, type Entry, type PullReport } from "./report.ts";
import { shortDigest, writeState, type StateEntry } from "./state.ts";
import { writeSticky } from "./sticky.ts";

/** A comment holds no more, and nobody reviews more. */
export const mostPipelines = 100;
export const context = "causeway/preview";

/** Previews what a pull request changes, and says it in one comment and in the head commit's status. */
export async function previewPull(setting: Setting, raw: RawOptions): Promise<Exit> {
  const { ui } = setting;
  const job = await readJob(raw, setting.env);
  if (job.pull === undefined) {
    throw new BadUsage("Which pull request? Give --pull NUMBER, or run on the event pull_request.");
  }
  const github = new GitHub(job, (text) => ui.note(text));
  const git = new Git(process.cwd());
  const pull = await github.pull(job.pull);
  const base = textOf(raw["base"]) ?? pull.base;
  const changes = await changesOf(git, base, await git.commit(pull.head));
  const { specs, program } = changes;
  if (specs.length > mostPipelines) await refuseSize(github, pull, specs.length);
  const nothing = specs.length === 0 && program.length === 0;
  if (!nothing) await github.setStatus(pull.head, pending(specs.length));
  const report = await look(setting, git, pull, changes);
  await publish(setting, github, job, pull, report, !nothing);
  if (ui.json)
    ui.data({ commit: report.commit, verdict: verdictOf(report), entries: report.entries });
  const verdict = verdictOf(report);
  if (verdict === "success") return Exit.done;
  return verdict === "failure" ? Exit.failed : Exit.access;
}

async function look(
  setting: Setting,
  git: Git,
  pull: Pull,
  { specs, program }: Changes,
): Promise<PullReport> {
  const { client, ui, settings } = setting;
  const entries = await entriesOf(client, git, pull.head, specs, (entry) => tell(setting, entry));
  if (program.length > 0) ui.note(`The program changes in ${program.length} files.`);
  return {
    commit: pull.head,
    service: settings.url,
    entries,
    program:
      program.length === 0
        ? undefined
        : {
            files: program.slice(0, 10),
            count: program.length,
            blast: await blastOf(client, pull.head, (done, total) =>
              ui.progress(`every pipeline: ${done} of ${total}`),
            ),
          },
  };
}

function tell({ ui }: Setting, { tenant, pipeline, outcome }: Entry): void {
  if (ui.json) return;
  const words =
    outcome.kind === "preview"
      ? `${outcome.preview.id} ${outcome.preview.state}, ${countsWords(ui, outcome.preview)}`
      : outcome.kind === "refused"
        ? outcome.problems.map(({ where, detail }) => `${where} ${detail}`.trim()).join("; ")
        : outcome.kind === "unknown"
          ? outcome.detail
          : outcome.kind;
  ui.print(`${visibleLine(tenant)}/${visibleLine(pipeline)}: ${visibleLine(words)}`);
}

/** Says it; a commit that is not the head any more is not worth a word, its successor has a job of its own. */
async function publish(
  { ui }: Setting,
  github: GitHub,
  job: Job,
  pull: Pull,
  report: PullReport,
  create: boolean,
): Promise<void> {
  const body = renderComment(report, writeState(pull.head, report.entries.flatMap(stateOf)));
  if (job.summary !== undefined) await appendFile(job.summary, `${body}\n`);
  const { head } = await github.pull(pull.number);
  if (head !== pull.head) {
    ui.note(`${pull.head} is not the head any more; ${head} gets the comment.`);
    return;
  }
  await writeSticky(github, pull.number, body, create);
  const url = `${report.service}/`;
  const state = verdictOf(report);
  await github.setStatus(pull.head, { state, context, description: statusWords(report), url });
}

function stateOf({ tenant, pipeline, file, fileDigest, outcome }: Entry): StateEntry[] {
  const entry = { tenant, pipeline, path: file, file: fileDigest.slice(0, 32) };
  if (outcome.kind === "deletion") return [{ ...entry, generation: outcome.standing.generation }];
  if (outcome.kind !== "preview") return [];
  const { id, digest, action } = outcome.preview;
  if (action === "none" || digest === null) return [];
  return [{ ...entry, preview: id, digest: shortDigest(digest) }];
}

function pending(count: number) {
  const description = `previewing ${count} ${count === 1 ? "pipeline" : "pipelines"}`;
  return { state: "pending" as const, context, description, url: undefined };
}

async function refuseSize(github: GitHub, pull: Pull, count: number): Promise<never> {
  const description = `${count} pipelines change; ${mostPipelines} are the most for one pull request`;
  await github.setStatus(pull.head, { state: "failure", context, description, url: undefined });
  throw new BadUsage(`${description}. Split it.`);
}
