import type { Client } from "../../service/client/client.ts";
import { ApiProblem } from "../../service/client/problem.ts";
import { settled } from "../../service/client/wait.ts";
import type { Operation } from "../../service/http/schemas.ts";
import { BadUsage } from "../errors.ts";
import { Exit } from "../exit.ts";
import type { RawOptions } from "../options.ts";
import type { Setting } from "../platform/setting.ts";
import { visibleLine } from "../../runtime/visible.ts";
import { fileDigest } from "./entries.ts";
import { readJob, type Job } from "./event.ts";
import { Git } from "./git.ts";
import { GitHub, type Pull } from "./github.ts";
import { withResult } from "./render/result.ts";
import { readState, shortDigest, type StateEntry } from "./state.ts";
import { ourComments } from "./sticky.ts";

export const context = "causeway/apply";

/** One thing to do, proved to be what was reviewed. */
type Step =
  | { readonly do: "apply"; readonly entry: StateEntry; readonly digest: string }
  | { readonly do: "delete"; readonly entry: StateEntry; readonly etag: string }
  | { readonly do: "nothing"; readonly entry: StateEntry; readonly why: string };

/** Why something may not be done, and what to do instead. */
interface Moved {
  readonly entry: StateEntry;
  readonly why: readonly string[];
}

export interface Applied {
  readonly pipeline: string;
  readonly operation: string | undefined;
  readonly state: string;
  readonly detail: string;
}

/** After a merge: does exactly what the pull request's comment showed, or nothing, and says what has moved. */
export async function applyMerged(setting: Setting, raw: RawOptions): Promise<Exit> {
  const job = await readJob(raw, setting.env);
  const github = new GitHub(job, (text) => setting.ui.note(text));
  const git = new Git(process.cwd());
  const pulls = await mergedBy(job, github, git);
  if (pulls.length === 0) return unreviewed(setting, job, git);
  let exit: Exit = Exit.done;
  for (const pull of pulls) {
    const ended = await applyPull(setting, github, git, pull);
    if (ended !== Exit.done) exit = ended;
  }
  return exit;
}

/** The pull requests that a push merged, in their order: a merge queue pushes several at once. */
async function mergedBy(job: Job, github: GitHub, git: Git): Promise<Pull[]> {
  if (job.pull !== undefined) return [await github.pull(job.pull)];
  if (job.pushed === undefined) {
    throw new BadUsage("Which pull request? Give --pull NUMBER, or run on the event push.");
  }
  const pulls = new Map<number, Pull>();
  for (const commit of await git.pushed(job.pushed.before, job.pushed.after)) {
    for (const pull of await github.pullsOf(commit)) {
      if (pull.merged === commit) pulls.set(pull.number, pull);
    }
  }
  return [...pulls.values()];
}

/** A push that no pull request stands behind: nobody has seen a preview. */
async function unreviewed({ ui }: Setting, { pushed }: Job, git: Git): Promise<Exit> {
  const { changesOf } = await import("./changes.ts");
  const isNew = pushed === undefined || /^0+$/.test(pushed.before);
  const specs = isNew ? [] : (await changesOf(git, pushed.before, pushed.after)).specs;
  if (specs.length === 0) {
    ui.note("No pull request was merged by this push, and no spec changes.");
    return Exit.done;
  }
  ui.note("No pull request was merged by this push, so nobody has approved a preview of:");
  for (const { file } of specs)
    ui.note(`  ${file}: causeway preview -f ${file}, then causeway approve ID`);
  return Exit.held;
}

async function applyPull(setting: Setting, github: GitHub, git: Git, pull: Pull): Promise<Exit> {
  const { ui, client } = setting;
  const merged = pull.merged ?? (await git.commit("HEAD"));
  const [comment] = await ourComments(github, pull.number);
  const state = comment === undefined ? undefined : readState(comment.body);
  if (comment === undefined || state === undefined) {
    ui.note(
      `Pull request ${pull.number} has no comment of ours that says what was approved. causeway preview --pr --pull ${pull.number} makes one.`,
    );
    return Exit.held;
  }
  if (state.commit !== pull.head) {
    return refuse(setting, github, merged, [
      {
        entry: undefined,
        why: `the comment was made from ${state.commit}, but ${pull.head} was merged`,
      },
    ]);
  }
  const checked = await Promise.all(
    state.entries.map((entry) => check(client, git, entry, state.commit, merged)),
  );
  const moved = checked.flatMap((one) => ("why" in one && !("do" in one) ? [one] : []));
  if (moved.length > 0) {
    const all = moved.flatMap(({ entry, why }) => why.map((one) => ({ entry, why: one })));
    return refuse(setting, github, merged, all);
  }
  const steps = checked.flatMap((one) => ("do" in one ? [one] : []));
  const results = await Promise.all(steps.map((step) => carryOut(setting, step)));
  await github.updateComment(comment.id, withResult(comment.body, merged, results));
  return conclude(setting, github, merged, results);
}

/** Proves that what would be applied is what was reviewed. */
async function check(
  client: Client,
  git: Git,
  entry: StateEntry,
  head: string,
  merged: string,
): Promise<Step | Moved> {
  const bytes = await git.read(merged, entry.path);
  const now = bytes === undefined ? "" : fileDigest(bytes).slice(0, 32);
  if (now !== entry.file) {
    return {
      entry,
      why: [`${entry.path} is not what was previewed: the branch had moved before the merge`],
    };
  }
  try {
    return entry.preview === undefined
      ? await checkDeletion(client, entry)
      : await checkPreview(client, entry, entry.preview, head);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status >= 500 || error.status === 401) throw error;
    return { entry, why: [error.message] };
  }
}

async function checkPreview(
  client: Client,
  entry: StateEntry,
  id: string,
  head: string,
): Promise<Step | Moved> {
  const preview = await client.call("getPreview", { params: { preview: id } });
  const { tenant, pipeline, commit, digest, state, moved, action } = preview;
  // The comment can be edited by whoever may write to the repository; the service's own record cannot.
  const same =
    tenant === entry.tenant &&
    pipeline === entry.pipeline &&
    commit === head &&
    digest !== null &&
    shortDigest(digest) === entry.digest;
  if (!same) return { entry, why: [`the comment does not fit preview ${id} of the service`] };
  if (state === "applied") return { do: "nothing", entry, why: "it was applied before" };
  if (action === "none") return { do: "nothing", entry, why: "nothing changes" };
  if (state === "ready") return { do: "apply", entry, digest };
  const reasons = moved.length > 0 ? moved : [`preview ${id} is ${state}`];
  return { entry, why: reasons };
}

async function checkDeletion(client: Client, entry: StateEntry): Promise<Step | Moved> {
  const params = { tenant: entry.tenant, name: entry.pipeline };
  try {
    const { body, headers } = await client.send("getPipeline", { params });
    if (body.generation === entry.generation) {
      return { do: "delete", entry, etag: headers.get("etag") ?? "" };
    }
    const why = `it is at generation ${body.generation}; generation ${entry.generation ?? "?"} was to be deleted`;
    return { entry, why: [why] };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
    return { do: "nothing", entry, why: "there is no such pipeline any more" };
  }
}

async function carryOut({ client, ui }: Setting, step: Step): Promise<Applied> {
  const { entry } = step;
  const pipeline = `${entry.tenant}/${entry.pipeline}`;
  if (step.do === "nothing")
    return { pipeline, operation: undefined, state: "unchanged", detail: step.why };
  try {
    const operation = await settled(client, await start(client, step));
    const { error, response, metadata } = operation;
    const detail = error?.detail ?? response?.summary ?? "";
    return { pipeline, operation: operation.id, state: metadata.state, detail };
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    ui.note(`${pipeline}: ${error.message}`);
    return { pipeline, operation: undefined, state: error.kind, detail: error.message };
  }
}

function start(client: Client, step: Exclude<Step, { do: "nothing" }>): Promise<Operation> {
  const { tenant, pipeline, preview = "" } = step.entry;
  if (step.do === "delete") {
    const params = { tenant, name: pipeline };
    return client.call("deletePipeline", { params }, { ifMatch: step.etag });
  }
  return client.call("applyPreview", { params: { preview }, body: { digest: step.digest } });
}

async function refuse(
  { ui }: Setting,
  github: GitHub,
  merged: string,
  moved: readonly { readonly entry: StateEntry | undefined; readonly why: string }[],
): Promise<Exit> {
  ui.note("Nothing was applied: what was approved is not what would happen now.");
  for (const { entry, why } of moved) {
    ui.note(entry === undefined ? `  ${why}` : `  ${entry.tenant}/${entry.pipeline}: ${why}`);
  }
  ui.note("Look again, and approve what you see:");
  const paths = new Set(moved.flatMap(({ entry }) => (entry === undefined ? [] : [entry.path])));
  for (const path of paths) ui.note(`  causeway preview -f ${path}, then causeway approve ID`);
  if (paths.size === 0) ui.note("  causeway preview -f FILE, then causeway approve ID");
  const description = `outdated: ${moved[0]?.why ?? ""}`;
  await github.setStatus(merged, { state: "failure", context, description, url: undefined });
  return Exit.held;
}

const well = ["succeeded", "unchanged"];

async function conclude(
  { ui }: Setting,
  github: GitHub,
  merged: string,
  results: readonly Applied[],
): Promise<Exit> {
  if (ui.json) ui.data(results);
  else {
    for (const { pipeline, state, detail, operation } of results) {
      ui.print(
        `${pipeline}: ${state}, ${visibleLine(detail)}${operation === undefined ? "" : ` (operation ${operation})`}`,
      );
    }
  }
  const failed = results.filter(({ state }) => !well.includes(state)).length;
  const state = failed === 0 ? ("success" as const) : ("failure" as const);
  const description =
    failed === 0
      ? `${results.length} applied as approved`
      : `${failed} of ${results.length} failed`;
  await github.setStatus(merged, { state, context, description, url: undefined });
  return failed === 0 ? Exit.done : Exit.failed;
}
