import type { Preview } from "../../../service/previews/schema.ts";
import { BadUsage } from "../../errors.ts";
import { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import type { Setting } from "../setting.ts";
import { pipelineOf, textOf } from "../settings.ts";
import { operationWords } from "../show/operation.ts";
import { showPreview } from "../show/preview.ts";
import { readSpecFile } from "../spec-file.ts";
import { refusing, targetOf } from "./apply.ts";
import { makePreview } from "./make-preview.ts";

export async function preview(
  setting: Setting,
  [pipeline]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  if (raw["pr"] === true) {
    const { previewPull } = await import("../../pr/preview-pull.ts");
    return previewPull(setting, raw);
  }
  const made = await make(setting, pipeline, raw);
  const { ui } = setting;
  if (ui.json) ui.data(made);
  else {
    showPreview(ui, made);
    next(setting, made);
  }
  return exitOf(made);
}

async function make(
  setting: Setting,
  pipeline: string | undefined,
  raw: RawOptions,
): Promise<Preview> {
  const { client, settings, ui } = setting;
  const commit = textOf(raw["commit"]);
  const path = textOf(raw["file"]);
  const onWait = (operation: Parameters<typeof operationWords>[0]): void =>
    ui.progress(operationWords(operation));
  if (path === undefined) {
    if (pipeline === undefined) {
      throw new BadUsage("A preview of what? Give a pipeline's name, -f FILE, or --pr.");
    }
    return makePreview(client, { ...pipelineOf(pipeline, settings), commit }, onWait);
  }
  const file = await readSpecFile(path);
  const wanted = { ...targetOf(setting, file, raw), spec: file.spec, commit };
  return refusing(file, () => makePreview(client, wanted, onWait));
}

function next({ ui }: Setting, { id, state, action, digest, policy, expiresAt }: Preview): void {
  if (state !== "ready" || action === "none" || policy?.passed === false) return;
  ui.note(
    `Until ${expiresAt}: causeway approve ${id}${digest === null ? "" : ` --digest ${digest}`}`,
  );
}

/** 3: it could be made, and may not be applied. */
export function exitOf({ state, policy }: Preview): Exit {
  if (state === "failed") return Exit.failed;
  return policy?.passed === false || state !== "ready" ? Exit.held : Exit.done;
}
