import type { z } from "zod";
import { CopySpec } from "./copy.ts";
import { explain, type Problem } from "./explain.ts";
import { variants } from "./fields.ts";
import { LoadSpec } from "./load.ts";

/** What a pipeline is: the one definition that the API, the CLI, the program and the docs share. */
export const PipelineSpec = variants("kind", [CopySpec, LoadSpec], ["copy", "load"]).meta({
  id: "PipelineSpec",
  description: "What a pipeline is wanted to do.",
});
/** A parsed spec: every default filled in. Parsing it again gives the same. */
export type PipelineSpec = z.output<typeof PipelineSpec>;
/** A spec as its author writes it. */
export type PipelineSpecInput = z.input<typeof PipelineSpec>;

export type SpecResult =
  | { readonly ok: true; readonly spec: PipelineSpec }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses a spec once, at the edge, into the whole of it or everything that is wrong with it. */
export function parseSpec(input: unknown): SpecResult {
  const result = PipelineSpec.safeParse(input);
  return result.success
    ? { ok: true, spec: result.data }
    : { ok: false, problems: explain(result.error, input) };
}
