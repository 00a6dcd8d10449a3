import type { Cloud } from "../cloud.ts";
import { ProgramError } from "../errors.ts";
import type { Owner } from "../names.ts";
import { availability } from "../spec/availability.ts";
import type { PipelineSpec } from "../spec/spec.ts";
import type { BuildableSpec } from "./copy-pipeline.ts";
import { queueArn } from "./event-queue.ts";
import { requireUsable } from "./source-access.ts";

/**
 * Refuses, before anything is changed, what the program cannot build or must not touch.
 * @throws ProgramError `not-available`, `region-differs`, `bucket-not-allowed` or `bucket-notifies-others`
 */
export async function requireBuildable(
  spec: PipelineSpec,
  owner: Owner,
  cloud: Cloud,
  bucketPatterns: readonly string[],
): Promise<BuildableSpec> {
  const subject = `The pipeline ${owner.tenant}/${owner.pipeline}`;
  const missing = availability(spec);
  if (missing.length > 0 || !isBuildable(spec)) {
    const lines = missing.map(({ pointer, detail }) => `\n  ${pointer}: ${detail}`).join("");
    throw new ProgramError(
      "not-available",
      subject,
      `asks for what is not built yet:${lines}\n`,
      "Change the spec (causeway:pipeline).",
    );
  }
  const { bucket, region } = spec.source;
  if (region !== undefined && region !== cloud.region) {
    throw new ProgramError(
      "region-differs",
      subject,
      `reads a bucket in ${region}, but a bucket reports events to queues of its own region only, and this stack is in ${cloud.region}.`,
      "Use a foundation in the bucket's region.",
    );
  }
  if (bucket !== undefined) await requireUsable(bucket, bucketPatterns, queueArn(owner, cloud));
  return spec;
}

function isBuildable(spec: PipelineSpec): spec is BuildableSpec {
  return (
    spec.kind === "copy" &&
    spec.source.type === "s3" &&
    spec.targets.every((target) => target.type === "azure-blob")
  );
}
