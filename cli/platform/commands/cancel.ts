import type { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import type { Setting } from "../setting.ts";
import { follow, sayEnd } from "../show/operation.ts";
import { Exit as Codes } from "../../exit.ts";

export async function cancel(
  setting: Setting,
  [operation = ""]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  const { client, ui } = setting;
  const asked = await client.call("cancelOperation", { params: { operation } });
  const last = raw["wait"] === true ? await follow(setting, asked) : asked;
  if (ui.json) ui.data(last);
  else sayEnd(setting, last);
  return last.done && last.metadata.state !== "cancelled" ? Codes.failed : Codes.done;
}
