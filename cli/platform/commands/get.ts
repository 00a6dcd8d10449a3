import { ApiProblem } from "../../../service/client/problem.ts";
import type { Reply } from "../../../service/client/operations.ts";
import { rowsOf } from "../../../service/client/wait.ts";
import type { Operation, Pipeline } from "../../../service/http/schemas.ts";
import type { Preview } from "../../../service/previews/schema.ts";
import { Exit } from "../../exit.ts";
import { BadUsage } from "../../errors.ts";
import type { RawOptions } from "../../options.ts";
import { parseCount } from "../../units.ts";
import { visibleLine } from "../../../runtime/visible.ts";
import type { Setting } from "../setting.ts";
import { pipelineOf, tenantOf, textOf } from "../settings.ts";
import { ago } from "../show/ago.ts";
import { sayEnd } from "../show/operation.ts";
import { styleOf } from "../show/paint.ts";
import { showPreview } from "../show/preview.ts";
import type { Column } from "../show/table.ts";

export async function get(
  setting: Setting,
  [what = "pipelines", pipeline]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  const limit = textOf(raw["limit"]);
  const most = limit === undefined ? Infinity : parseCount(limit);
  switch (what) {
    case "pipelines":
      return pipelines(setting, most);
    case "operations":
      return operations(setting, pipeline, textOf(raw["state"]), Math.min(most, 500));
    case "previews":
      return previews(setting, pipeline, Math.min(most, 500));
    case "tokens":
      return tokens(setting, most);
    default:
      return one(setting, what);
  }
}

async function take<T>(rows: AsyncIterable<T>, most: number): Promise<T[]> {
  const taken: T[] = [];
  if (most < 1) return taken;
  for await (const row of rows) {
    taken.push(row);
    if (taken.length >= most) break;
  }
  return taken;
}

function list<T>(
  { ui }: Setting,
  rows: readonly T[],
  columns: readonly Column<T>[],
  none: string,
): Exit {
  if (ui.json) ui.data(rows);
  else if (rows.length === 0) ui.note(none);
  else ui.table(columns, rows);
  return Exit.done;
}

async function pipelines(setting: Setting, most: number): Promise<Exit> {
  const { client, settings } = setting;
  const tenant = tenantOf(settings.tenant);
  const rows = await take(rowsOf(client, "listPipelines", { params: { tenant } }), most);
  return list(
    setting,
    rows,
    PIPELINES,
    `${tenant} has no pipelines. causeway apply -f FILE makes one.`,
  );
}

const PIPELINES: readonly Column<Pipeline>[] = [
  { title: "name", of: ({ name }) => name },
  {
    title: "state",
    of: ({ status }) => status.state,
    style: ({ status }) => styleOf(status.state),
  },
  { title: "generation", of: generationOf, right: true },
  { title: "changed", of: ({ updatedAt }) => ago(updatedAt) },
  { title: "why", of: ({ status }) => status.reason, flexible: true },
];

/** `4`, or `3 of 4` while the latest is not built. */
function generationOf({ generation, deployedGeneration }: Pipeline): string {
  if (deployedGeneration === generation) return String(generation);
  return `${deployedGeneration ?? "none"} of ${generation}`;
}

type State = NonNullable<Operation["metadata"]["state"]>;
const states: readonly State[] = ["queued", "running", "succeeded", "failed", "cancelled"];

async function operations(
  setting: Setting,
  pipeline: string | undefined,
  state: string | undefined,
  most: number,
): Promise<Exit> {
  const { client, settings } = setting;
  const of = pipeline === undefined ? undefined : pipelineOf(pipeline, settings);
  const wanted = states.find((one) => one === state);
  if (state !== undefined && wanted === undefined) {
    throw new BadUsage(`--state ${state} is unknown. Expected one of ${states.join(", ")}.`);
  }
  const tenant = of?.tenant ?? settings.tenant;
  const query = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(of === undefined ? {} : { pipeline: of.name }),
    ...(wanted === undefined ? {} : { state: wanted }),
  };
  const rows = await take(rowsOf(client, "listOperations", { query }), most);
  return list(setting, rows, OPERATIONS, "There are no such operations.");
}

const OPERATIONS: readonly Column<Operation>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "pipeline", of: ({ metadata }) => `${metadata.tenant}/${metadata.pipeline}` },
  { title: "action", of: ({ metadata }) => metadata.action },
  {
    title: "state",
    of: ({ metadata }) => metadata.state,
    style: ({ metadata }) => styleOf(metadata.state),
  },
  { title: "asked", of: ({ metadata }) => ago(metadata.createdAt) },
  { title: "seconds", of: ({ metadata }) => metadata.seconds?.toFixed(1) ?? "", right: true },
  {
    title: "result",
    of: ({ response, error }) => error?.title ?? response?.summary ?? "",
    flexible: true,
  },
];

async function previews(
  setting: Setting,
  pipeline: string | undefined,
  most: number,
): Promise<Exit> {
  if (pipeline === undefined)
    throw new BadUsage("Previews of which pipeline? causeway get previews NAME");
  const params = pipelineOf(pipeline, setting.settings);
  const rows = await take(rowsOf(setting.client, "listPreviews", { params }), most);
  return list(setting, rows, PREVIEWS, `There are no previews of ${params.tenant}/${params.name}.`);
}

const PREVIEWS: readonly Column<Reply<"listPreviews">["items"][number]>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "state", of: ({ state }) => state, style: ({ state }) => styleOf(state) },
  { title: "action", of: ({ action }) => action },
  { title: "made", of: ({ createdAt }) => ago(createdAt) },
  { title: "by", of: ({ by }) => by },
  { title: "commit", of: ({ commit }) => commit?.slice(0, 12) ?? "" },
  { title: "result", of: ({ summary }) => summary ?? "", flexible: true },
];

async function tokens(setting: Setting, most: number): Promise<Exit> {
  const { client, settings } = setting;
  const { tenant } = settings;
  const all =
    tenant === undefined
      ? rowsOf(client, "listOperatorTokens", {})
      : rowsOf(client, "listTenantTokens", { params: { tenant } });
  return list(setting, await take(all, most), TOKENS, "There are no machine tokens.");
}

const TOKENS: readonly Column<Reply<"listTenantTokens">["items"][number]>[] = [
  { title: "id", of: ({ id }) => id },
  { title: "name", of: ({ name }) => name },
  { title: "role", of: ({ role }) => role },
  { title: "made", of: ({ createdAt }) => ago(createdAt) },
  { title: "until", of: ({ expiresAt }) => expiresAt },
  { title: "revoked", of: ({ revokedAt }) => (revokedAt === null ? "" : ago(revokedAt)) },
];

/** Whatever has that name: a pipeline, else an operation or a preview by its id. */
async function one(setting: Setting, what: string): Promise<Exit> {
  const { client, ui } = setting;
  const found =
    (await pipelineNamed(setting, what)) ??
    (await there(client.call("getOperation", { params: { operation: what } }))) ??
    (await there(client.call("getPreview", { params: { preview: what } })));
  if (found === undefined) {
    const detail = `There is no pipeline, operation or preview ${what} that you may see.`;
    throw new ApiProblem(404, { type: "not-found", title: "There is no such thing", detail });
  }
  if (ui.json) ui.data(found);
  else if ("spec" in found) tellPipeline(setting, found);
  else if ("metadata" in found) sayEnd(setting, found);
  else showPreview(ui, found satisfies Preview);
  return Exit.done;
}

function pipelineNamed({ client, settings }: Setting, what: string): Promise<Pipeline | undefined> {
  if (!what.includes("/") && settings.tenant === undefined) return Promise.resolve(undefined);
  return there(client.call("getPipeline", { params: pipelineOf(what, settings) }));
}

async function there<T extends object>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiProblem && (error.status === 404 || error.status === 400))
      return undefined;
    throw error;
  }
}

function tellPipeline({ ui }: Setting, pipeline: Pipeline): void {
  const { tenant, name, status, outputs, spec, createdAt, updatedAt } = pipeline;
  ui.print(
    `${ui.paint("bold", `${tenant}/${name}`)}: ${ui.paint(styleOf(status.state), status.state)}, ${visibleLine(status.reason)}`,
    `  generation ${generationOf(pipeline)}, made ${ago(createdAt)}, changed ${ago(updatedAt)}`,
    `  spec ${visibleLine(JSON.stringify(spec))}`,
  );
  for (const [key, value] of Object.entries(outputs ?? {})) {
    ui.print(`  ${key}: ${visibleLine(typeof value === "string" ? value : JSON.stringify(value))}`);
  }
}
