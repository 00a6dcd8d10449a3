import { ApiProblem } from "../../../service/client/problem.ts";
import type { Operation } from "../../../service/http/schemas.ts";
import { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import type { Setting } from "../setting.ts";
import { textOf } from "../settings.ts";
import { conclude } from "../show/operation.ts";
import { tellProblem } from "../show/problem.ts";

export function approve(
  setting: Setting,
  [id = ""]: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  return applyPreview(setting, id, raw);
}

/** Applies a preview as it was shown: bound to its digest, whether that was given or is read now. */
export async function applyPreview(setting: Setting, id: string, raw: RawOptions): Promise<Exit> {
  const { client } = setting;
  const params = { preview: id };
  const digest =
    textOf(raw["digest"]) ?? (await client.call("getPreview", { params })).digest ?? undefined;
  const body = digest === undefined ? {} : { digest };
  let operation: Operation;
  try {
    operation = await client.call("applyPreview", { params, body });
  } catch (error) {
    if (!(error instanceof ApiProblem) || ![409, 422].includes(error.status)) throw error;
    tellProblem(setting, error);
    return Exit.held;
  }
  return conclude(setting, operation, raw["wait"] === true);
}
