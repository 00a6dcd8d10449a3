import { ApiProblem } from "../../../service/client/problem.ts";
import type { Reply } from "../../../service/client/operations.ts";
import { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import { showBytes, showCount } from "../../units.ts";
import { visibleLine } from "../../../runtime/visible.ts";
import type { Setting } from "../setting.ts";
import { pipelineOf } from "../settings.ts";
import { styleOf } from "../show/paint.ts";

type Scan = Reply<"getScan">;

const underWay = ["asked", "listing", "settling", "deleting"];
const lookEveryMs = 1000;

export async function scan(
  setting: Setting,
  [pipeline = ""]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  const { client, ui, settings } = setting;
  const params = pipelineOf(pipeline, settings);
  const asked = await client.call("createScan", { params });
  const last = raw["wait"] === true ? await ended(setting, params, asked) : asked;
  if (ui.json) ui.data(last);
  else tell(setting, pipeline, last);
  if (last.state === "complete" || underWay.includes(last.state)) return Exit.done;
  return last.state === "held" || last.state === "skipped" ? Exit.held : Exit.failed;
}

async function ended(
  { client, ui }: Setting,
  params: { tenant: string; name: string },
  asked: Scan,
): Promise<Scan> {
  let now = asked;
  while (underWay.includes(now.state)) {
    const found = now.targets[0]?.found.objects;
    ui.progress(
      `scan ${now.id}: ${now.state}${found === undefined ? "" : `, ${showCount(found)} objects`}`,
    );
    await client.sleep(lookEveryMs, client.signal);
    try {
      now = await client.call("getScan", { params: { ...params, scan: asked.id } });
    } catch (error) {
      // Not taken up by a worker yet.
      if (!(error instanceof ApiProblem) || error.kind !== "not-found") throw error;
    }
  }
  return now;
}

function tell({ ui }: Setting, pipeline: string, { id, state, reason, targets }: Scan): void {
  ui.print(
    `scan ${id} of ${pipeline}: ${ui.paint(styleOf(state), state)}${reason === null ? "" : `, ${visibleLine(reason)}`}`,
  );
  for (const { target, found, states, deletions } of targets) {
    ui.print(`  ${target}: ${showCount(found.objects)} objects, ${showBytes(found.bytes)}`);
    for (const [name, sum] of Object.entries(states)) {
      if (sum.objects > 0)
        ui.print(`    ${name.padEnd(10)} ${showCount(sum.objects)}  ${showBytes(sum.bytes)}`);
    }
    if (deletions.held !== null) ui.print(`    deletions held: ${visibleLine(deletions.held)}`);
  }
  if (underWay.includes(state)) ui.note("causeway scan --wait follows a scan to its end.");
}
