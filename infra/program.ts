import * as pulumi from "@pulumi/pulumi";
import { sasExpiry } from "./azure/sas-epoch.ts";
import { azureSubscription, cloud, type Cloud } from "./cloud.ts";
import { namespace, readSettings } from "./config.ts";
import { ProgramError } from "./errors.ts";
import { foundationOf, type Foundation } from "./foundation-outputs.ts";
import type { Owner } from "./names.ts";
import type { PipelineOutputs } from "./pipelines/copy-pipeline.ts";
import { requireBuildable } from "./pipelines/buildable.ts";
import type { StackSettings } from "./settings.ts";

/**
 * What exists in the clouds: the foundation, a pipeline, or both, as the stack's config says.
 * @param now decides the SAS epoch and nothing else.
 * @returns the stack's outputs; none of them holds a secret.
 */
export async function program(now = new Date()): Promise<Record<string, unknown>> {
  try {
    const config = new pulumi.Config(namespace);
    const settings = readSettings((key) => config.get(key));
    const place = await cloud();
    const foundation = await foundationFor(settings, place);
    const own = settings.foundation === undefined ? {} : foundation;
    const pipeline = await pipelineFor(settings, foundation, place, now);
    return { ...own, ...pipeline };
  } catch (error) {
    // The engine shows a RunError's message; of any other error it shows the stack as well.
    if (error instanceof ProgramError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

async function foundationFor(settings: StackSettings, place: Cloud): Promise<Foundation> {
  const { environment, data, foundation, foundationStack } = settings;
  if (foundation === undefined) return referred(foundationStack ?? "", environment, place);
  const subscriptionId = await azureSubscription();
  // Loaded when needed: a stack that only refers to a foundation starts faster without it.
  const { FoundationStack } = await import("./foundation.ts");
  const args = { environment, cloud: place, subscriptionId, settings: foundation, data };
  return new FoundationStack(environment, args).outputs;
}

async function referred(stack: string, environment: string, place: Cloud): Promise<Foundation> {
  const foundation = await foundationOf(stack);
  const mismatch = (what: string, theirs: string, ours: string, remedy: string) =>
    new ProgramError(
      "foundation-mismatch",
      `The foundation stack ${stack}`,
      `is of the ${what} ${theirs}, this stack of ${ours}.`,
      remedy,
    );
  if (foundation.environment !== environment) {
    throw mismatch(
      "environment",
      foundation.environment,
      environment,
      "Make causeway:environment and causeway:foundationStack agree.",
    );
  }
  if (foundation.region !== place.region) {
    throw mismatch(
      "region",
      foundation.region,
      place.region,
      "Set aws:region (or AWS_REGION) to the foundation's region.",
    );
  }
  return foundation;
}

async function pipelineFor(
  settings: StackSettings,
  foundation: Foundation,
  place: Cloud,
  now: Date,
): Promise<Partial<PipelineOutputs>> {
  if (settings.pipeline === undefined) return {};
  const { tenant, name, generation, spec } = settings.pipeline;
  const owner: Owner = { environment: settings.environment, tenant, pipeline: name };
  const buildable = await requireBuildable(spec, owner, place, foundation.sourceBucketPatterns);
  const { CopyPipeline } = await import("./pipelines/copy-pipeline.ts");
  const sasExpiresAt = sasExpiry(settings.sasAnchor, now);
  const common = { owner, generation, cloud: place, foundation, sasExpiresAt, data: settings.data };
  return new CopyPipeline(`${tenant}--${name}`, { ...common, spec: buildable }).outputs;
}
