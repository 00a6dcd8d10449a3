import { createInterface } from "node:readline/promises";
import { BadUsage } from "../../errors.ts";
import type { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import type { Setting } from "../setting.ts";
import { pipelineOf } from "../settings.ts";
import { conclude } from "../show/operation.ts";

export async function remove(
  setting: Setting,
  [pipeline = ""]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  const { client, settings, ui } = setting;
  const params = pipelineOf(pipeline, settings);
  // What was looked at is what is deleted: a spec that somebody changes meanwhile is kept.
  const { headers } = await client.send("getPipeline", { params });
  if (raw["yes"] !== true) {
    if (!ui.asks) throw new BadUsage("Nobody can be asked here: give --yes to delete it.");
    await confirm(`${params.tenant}/${params.name}`, params.name, setting.interrupted);
  }
  const ifMatch = headers.get("etag") ?? undefined;
  const operation = await client.call("deletePipeline", { params }, { ifMatch });
  return conclude(setting, operation, raw["wait"] === true);
}

async function confirm(what: string, name: string, signal: AbortSignal): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      `This deletes ${what} and what was built for it. Type ${name} to go on: `,
      { signal },
    );
    if (answer.trim() !== name) throw new BadUsage("That is not its name; nothing was deleted.");
  } finally {
    terminal.close();
  }
}
