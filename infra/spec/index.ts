export { availability } from "./availability.ts";
export { CopySpec } from "./copy.ts";
export { explain, jsonPointer, secretProblems, type Problem } from "./explain.ts";
export { LoadSpec } from "./load.ts";
export { EnvironmentName, PipelineName, TenantName } from "./names.ts";
export { looksSecret } from "./secret-forms.ts";
export { parseSpec, PipelineSpec, type PipelineSpecInput, type SpecResult } from "./spec.ts";
export {
  bytes,
  bytesPerSecond,
  capOf,
  milliseconds,
  type Cap,
  type Duration,
  type Rate,
  type Size,
} from "./units.ts";
