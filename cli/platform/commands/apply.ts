import { ApiProblem } from "../../../service/client/problem.ts";
import type { Request } from "../../../service/client/operations.ts";
import type { Operation } from "../../../service/http/schemas.ts";
import { BadUsage } from "../../errors.ts";
import { Exit } from "../../exit.ts";
import type { RawOptions } from "../../options.ts";
import type { Setting } from "../setting.ts";
import { tenantOf, textOf } from "../settings.ts";
import { SpecRefused } from "../show/problem.ts";
import { conclude } from "../show/operation.ts";
import { readSpecFile, type SpecFile } from "../spec-file.ts";
import { applyPreview } from "./approve.ts";

export async function apply(
  setting: Setting,
  _args: readonly string[],
  raw: RawOptions,
): Promise<Exit> {
  const ways = ["file", "preview", "merged"].filter((way) => raw[way] !== undefined);
  if (ways.length !== 1) {
    throw new BadUsage("What is to be applied? Give one of -f FILE, --preview ID, --merged.");
  }
  if (raw["merged"] === true) {
    const { applyMerged } = await import("../../pr/apply-merged.ts");
    return applyMerged(setting, raw);
  }
  const id = textOf(raw["preview"]);
  if (id !== undefined) return applyPreview(setting, id, raw);
  const paths = raw["file"] as readonly string[];
  if (paths.length > 1 && raw["name"] !== undefined) {
    throw new BadUsage("--name is for one file; several are named by their files.");
  }
  // All are read before the first is applied: a typing error in the last changes nothing.
  const files = await Promise.all(paths.map(readSpecFile));
  let exit: Exit = Exit.done;
  for (const file of files) {
    const operation = await applySpec(setting, file, raw);
    const ended = await conclude(setting, operation, raw["wait"] === true);
    if (ended !== Exit.done) exit = ended;
  }
  return exit;
}

/** Whose pipeline a file is: its place says it, options say it better. */
export function targetOf(
  { settings }: Setting,
  file: SpecFile,
  raw: RawOptions,
): { tenant: string; name: string } {
  const name = textOf(raw["name"]) ?? file.name;
  if (name === "-") throw new BadUsage("Which pipeline? Give --name NAME with a spec from stdin.");
  return { tenant: tenantOf(textOf(raw["tenant"]) ?? file.tenant ?? settings.tenant), name };
}

type Spec = Request<"putPipeline">["body"]["spec"];

async function applySpec(setting: Setting, file: SpecFile, raw: RawOptions): Promise<Operation> {
  const { client } = setting;
  const params = targetOf(setting, file, raw);
  const spec = file.spec as Spec;
  return refusing(file, async () => {
    try {
      return await client.call("putPipeline", { params, body: { spec } });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.kind !== "not-found") throw error;
    }
    const { tenant, name } = params;
    const made = await client.call("createPipeline", { params: { tenant }, body: { name, spec } });
    return made;
  });
}

/** What the service says of a spec's fields is said of the file's lines. */
export async function refusing<T>(file: SpecFile, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ApiProblem ? new SpecRefused(error, file) : error;
  }
}
