import { ApiProblem } from "../../../service/client/problem.ts";
import { followOperation, type LiveEvent } from "../../../service/client/follow.ts";
import { rowsOf } from "../../../service/client/wait.ts";
import type { Operation } from "../../../service/http/schemas.ts";
import { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import type { Setting } from "../setting.ts";
import { pipelineOf } from "../settings.ts";
import { eventWords, operationWords, sayEnd } from "../show/operation.ts";
import { styleOf } from "../show/paint.ts";
import { visibleLine } from "../../../runtime/visible.ts";

export async function logs(
  setting: Setting,
  [what = ""]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  const { client, ui } = setting;
  const operation = await operationOf(setting, what);
  if (!ui.json) ui.note(operationWords(operation));
  const events =
    raw["follow"] === true
      ? followOperation(client, operation.id)
      : rowsOf(client, "listOperationEvents", { params: { operation: operation.id } });
  for await (const event of events) tellEvent(setting, event);
  if (raw["follow"] !== true) return Exit.done;
  const last = await client.call("getOperation", { params: { operation: operation.id } });
  if (ui.json) ui.data(last);
  else sayEnd(setting, last);
  return last.metadata.state === "succeeded" ? Exit.done : Exit.failed;
}

function tellEvent({ ui }: Setting, event: LiveEvent): void {
  if (ui.json) {
    ui.data(event);
    return;
  }
  const wrong = event.status === "failed" || event.severity === "error";
  const words = visibleLine(eventWords(event));
  ui.print(
    wrong ? ui.paint("red", words) : event.op === null ? words : ui.paint(styleOf(event.op), words),
  );
}

/** An operation by its id, or the latest of a pipeline. */
async function operationOf(setting: Setting, what: string): Promise<Operation> {
  const { client, settings } = setting;
  if (!what.includes("/")) {
    try {
      return await client.call("getOperation", { params: { operation: what } });
    } catch (error) {
      const other = error instanceof ApiProblem && error.kind === "not-found";
      if (!other || settings.tenant === undefined) throw error;
    }
  }
  const { tenant, name } = pipelineOf(what, settings);
  const query = { tenant, pipeline: name, limit: 1 };
  const [latest] = (await client.call("listOperations", { query })).items;
  if (latest !== undefined) return latest;
  const detail = `There is no operation ${what}, and no pipeline ${tenant}/${name} that had one.`;
  throw new ApiProblem(404, { type: "not-found", title: "There is no such thing", detail });
}
