import { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import { parseMoment, showBytes, showCount } from "../../units.ts";
import { visibleLine } from "../../../runtime/visible.ts";
import type { Setting } from "../setting.ts";
import { pipelineOf, textOf } from "../settings.ts";
import { styleOf } from "../show/paint.ts";

export async function arrived(
  setting: Setting,
  [pipeline = ""]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  const { client, ui, settings } = setting;
  const asOf = textOf(raw["asOf"]);
  const prefix = textOf(raw["prefix"]);
  const answer = await client.call("hasArrived", {
    params: pipelineOf(pipeline, settings),
    query: {
      ...(prefix === undefined ? {} : { prefix }),
      ...(asOf === undefined
        ? {}
        : { asOf: new Date(parseMoment(asOf, Date.now())).toISOString() }),
    },
  });
  if (ui.json) ui.data(answer);
  else {
    const { objects, bytes, keys } = answer.notArrived;
    ui.print(`${ui.paint(styleOf(answer.answer), answer.answer)}: ${visibleLine(answer.why)}`);
    if (objects > 0)
      ui.print(`${showCount(objects)} objects, ${showBytes(bytes)}, have not arrived:`);
    for (const { state, key, reason } of keys) {
      ui.print(
        `  ${state.padEnd(9)} ${visibleLine(key)}${reason === null ? "" : `  ${visibleLine(reason)}`}`,
      );
    }
  }
  return answer.answer === "yes" ? Exit.done : Exit.failed;
}
