import type { CopySpec } from "./copy.ts";
import { jsonPointer, type Problem } from "./explain.ts";
import type { PipelineSpec } from "./spec.ts";

/** What a legal spec asks for that is not built yet. Empty when all of it can be had now. */
export function availability(spec: PipelineSpec): Problem[] {
  return spec.kind === "copy"
    ? copyAvailability(spec)
    : [notYet(["kind"], 'kind "load"', 'kind "copy"')];
}

function copyAvailability(spec: CopySpec): Problem[] {
  return [
    ...unless(
      spec.source.type === "s3",
      ["source", "type"],
      `source type "${spec.source.type}"`,
      '"s3"',
    ),
    ...unless(spec.targets.length === 1, ["targets"], "more than one target", "one target"),
    ...spec.targets.flatMap((target, index) => targetAvailability(target, index)),
    ...unless(
      spec.discover.scan?.using !== "inventory",
      ["discover", "scan", "using"],
      "a scan by inventory",
      '"listing"',
    ),
    ...unless(
      spec.filter?.minAge === undefined,
      ["filter", "minAge"],
      "a filter by age",
      "globs and sizes",
    ),
    ...unless(
      spec.filter?.maxAge === undefined,
      ["filter", "maxAge"],
      "a filter by age",
      "globs and sizes",
    ),
    ...unless(spec.transform === undefined, ["transform"], "a transform", "objects as they are"),
    ...unless(spec.mover === "native", ["mover"], `mover "${spec.mover}"`, '"native"'),
    ...unless(spec.compute === "fargate", ["compute"], `compute "${spec.compute}"`, '"fargate"'),
    ...unless(spec.network === "nat", ["network"], `network "${spec.network}"`, '"nat"'),
    ...unless(
      spec.notify?.webhook === undefined,
      ["notify", "webhook"],
      "a webhook",
      "notify.emails",
    ),
  ];
}

function targetAvailability(target: CopySpec["targets"][number], index: number): Problem[] {
  const at = (field: string) => ["targets", index, field];
  if (target.type !== "azure-blob") {
    return [notYet(at("type"), `target type "${target.type}"`, '"azure-blob"')];
  }
  return [
    ...unless(
      target.account === undefined,
      at("account"),
      "a storage account of your own",
      "the foundation's account",
    ),
    ...unless(target.access === "sas", at("access"), `access "${target.access}"`, '"sas"'),
  ];
}

function unless(
  available: boolean,
  path: readonly (string | number)[],
  what: string,
  instead: string,
): Problem[] {
  return available ? [] : [notYet(path, what, instead)];
}

function notYet(path: readonly (string | number)[], what: string, instead: string): Problem {
  return {
    pointer: jsonPointer(path),
    detail: `The spec is legal, but ${what} is not available yet; available now: ${instead}.`,
  };
}
