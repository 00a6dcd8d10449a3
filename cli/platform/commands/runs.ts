import type { Reply } from "../../../service/client/operations.ts";
import { rowsOf } from "../../../service/client/wait.ts";
import { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import { parseCount, showBytes, showCount } from "../../units.ts";
import { visibleLine } from "../../../runtime/visible.ts";
import type { Setting } from "../setting.ts";
import { pipelineOf, textOf } from "../settings.ts";
import { ago } from "../show/ago.ts";
import { styleOf } from "../show/paint.ts";
import type { Column } from "../show/table.ts";

type Run = Reply<"getRun">;
type Place = { readonly tenant: string; readonly name: string };

const lookEveryMs = 1000;
const standard = "20";

export async function runs(
  setting: Setting,
  [pipeline = "", run]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  const params = pipelineOf(pipeline, setting.settings);
  if (raw["watch"] === true) return watch(setting, params);
  if (run !== undefined) return tell(setting, await oneRun(setting, params, run));
  return list(setting, params, parseCount(textOf(raw["limit"]) ?? standard));
}

async function list({ client, ui }: Setting, params: Place, most: number): Promise<Exit> {
  const rows: Run[] = [];
  for await (const row of rowsOf(client, "listRuns", { params })) {
    rows.push(row);
    if (rows.length >= most) break;
  }
  if (ui.json) ui.data(rows);
  else if (rows.length === 0) ui.note(`${params.tenant}/${params.name} has not run yet.`);
  else ui.table(COLUMNS, rows);
  return Exit.done;
}

const COLUMNS: readonly Column<Run>[] = [
  { title: "run", of: ({ id }) => id },
  { title: "state", of: ({ state }) => state, style: ({ state }) => styleOf(state) },
  { title: "opened", of: ({ openedAt }) => ago(openedAt) },
  { title: "objects", of: ({ totals }) => counted(totals.objects), right: true },
  {
    title: "bytes",
    of: ({ totals }) => (totals.bytes === null ? "counting" : showBytes(totals.bytes)),
    right: true,
  },
  { title: "how they ended", of: statesOf, flexible: true },
];

/** What is not known yet is being counted; it is not nought. */
function counted(count: number | null): string {
  return count === null ? "counting" : showCount(count);
}

function statesOf({ totals }: Run): string {
  return Object.entries(totals as Readonly<Record<string, unknown>>)
    .flatMap(([state, sum]) => {
      const objects = (sum as { objects?: number | null } | null)?.objects ?? 0;
      return objects === 0 ? [] : [`${state} ${showCount(objects)}`];
    })
    .join(", ");
}

async function oneRun({ client }: Setting, params: Place, run: string): Promise<Run> {
  if (run !== "latest") return client.call("getRun", { params: { ...params, run } });
  const [latest] = (await client.call("listRuns", { params, query: { limit: 1 } })).items;
  return latest ?? client.call("getRun", { params: { ...params, run } });
}

function tell({ ui }: Setting, run: Run): Exit {
  if (ui.json) ui.data(run);
  else {
    const { id, state, openedAt, waiting, totals, failures, problems } = run;
    const queue = waiting === null ? "" : `, ${showCount(waiting)} waiting`;
    ui.print(
      `run ${id}: ${ui.paint(styleOf(state), state)}, opened ${ago(openedAt)}${queue}`,
      `  ${counted(totals.objects)} objects: ${statesOf(run) || "none yet"}`,
    );
    for (const { state: how, objects, target, sample, action } of failures) {
      ui.print(
        `  ${ui.paint(styleOf(how), how)} ${showCount(objects)} at ${target}: ${visibleLine(sample.reason ?? "")}`,
      );
      ui.print(
        `    such as ${visibleLine(sample.key)}${action === null ? "" : `; it lacks ${visibleLine(action)}`}`,
      );
    }
    for (const { message, count } of problems)
      ui.print(`  ${visibleLine(message)} (${showCount(count)} times)`);
  }
  return run.state === "incomplete" ? Exit.failed : Exit.done;
}

/** Follows the latest run until its books close. */
async function watch(setting: Setting, params: Place): Promise<Exit> {
  const { client, ui } = setting;
  for (;;) {
    const [run] = (await client.call("listRuns", { params, query: { limit: 1 } })).items;
    if (run !== undefined && run.state !== "open") {
      ui.clear();
      return tell(setting, run);
    }
    const waiting = run?.waiting ?? null;
    ui.progress(
      run === undefined
        ? "no run yet"
        : `run ${run.id}: ${counted(run.totals.objects)} objects, ${statesOf(run)}${waiting === null ? "" : `, ${showCount(waiting)} waiting`}`,
    );
    await client.sleep(lookEveryMs, client.signal);
  }
}
