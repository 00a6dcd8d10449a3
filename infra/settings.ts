import { isIP } from "node:net";
import { z } from "zod";
import { expects } from "./spec/explain.ts";
import { fields } from "./spec/fields.ts";
import { BucketName, EnvironmentName, PipelineName, TenantName } from "./spec/names.ts";
import { PipelineSpec } from "./spec/spec.ts";

/** What CloudWatch Logs takes as a retention. */
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] as const;

const CIDR_RULE = "a private IPv4 network of /16 to /22, such as 10.0.0.0/16";
const ADDRESS_RULE =
  "a public IPv4 address without a mask: the firewall of a storage account takes no private addresses, no /31 and no /32";

export const FoundationSettings = fields({
  zones: z
    .union([z.literal(2), z.literal(3)], expects("2 or 3 availability zones"))
    .default(2)
    .describe("Availability zones. One NAT gateway serves them all, so that one address leaves."),
  cidr: z
    .string(expects(CIDR_RULE))
    .refine(isPrivateNetwork, expects(CIDR_RULE))
    .default("10.0.0.0/16"),
  interfaceEndpoints: z
    .boolean()
    .default(false)
    .describe("Reach ECR, Logs, SQS and SSM without the NAT: dearer at rest, cheaper per GB."),
  sourceBuckets: z
    .array(BucketName)
    .default([])
    .describe("Existing buckets that pipelines may read; no other passes the VPC's S3 endpoint."),
  allowedAddresses: z
    .array(z.string(expects(ADDRESS_RULE)).refine(isPublicAddress, expects(ADDRESS_RULE)))
    .default([])
    .describe("Addresses besides the NAT's that the storage account's firewall admits."),
  logRetentionDays: z.literal([...RETENTION_DAYS]).default(30),
  azureLocation: z
    .string()
    .regex(/^[a-z0-9]+$/)
    .default("westeurope"),
});
export type FoundationSettings = z.output<typeof FoundationSettings>;

const PipelineSettings = fields({
  tenant: TenantName,
  name: PipelineName,
  generation: z.int().nonnegative().default(1),
  spec: PipelineSpec,
});
export type PipelineSettings = z.output<typeof PipelineSettings>;

const ANCHOR_RULE = 'a date such as "2026-01-31"';

/** Everything a stack is told, namespace `causeway`. */
export const StackSettings = fields({
  environment: EnvironmentName,
  foundation: FoundationSettings.optional().describe("Present: this stack builds the foundation."),
  foundationStack: z
    .string()
    .regex(
      /^[\w.-]+\/[\w.-]+\/[\w.-]+$/,
      expects("a stack's full name, organization/project/stack"),
    )
    .optional()
    .describe("Present: this stack refers to that foundation."),
  pipeline: PipelineSettings.optional().describe("Present: this stack builds the pipeline."),
  sasAnchor: z.iso
    .date(expects(ANCHOR_RULE))
    .default("2026-01-01")
    .describe(
      "SAS epochs are counted from it; a stack's first day, so that a new stack does not rotate on its second.",
    ),
  data: z
    .enum(["keep", "delete"])
    .optional()
    .describe(
      "What becomes of objects on destroy. keep: a pipeline's own bucket and containers stay, unmanaged, and a foundation refuses to be destroyed. " +
        "delete: they go with what holds them. Default: keep, but delete in the environment `local`.",
    ),
})
  .superRefine((settings, context) => {
    const wrong = combination(settings);
    if (wrong !== undefined)
      context.addIssue({ code: "custom", path: [wrong.key], message: wrong.message });
  })
  .transform((settings) => ({
    ...settings,
    data:
      settings.data ?? (settings.environment === "local" ? ("delete" as const) : ("keep" as const)),
  }));
export type StackSettings = z.output<typeof StackSettings>;
export type StackSettingsInput = z.input<typeof StackSettings>;

function combination(settings: {
  readonly foundation?: unknown;
  readonly foundationStack?: unknown;
  readonly pipeline?: unknown;
}): { key: string; message: string } | undefined {
  const own = settings.foundation !== undefined;
  const other = settings.foundationStack !== undefined;
  if (own && other) {
    return {
      key: "foundationStack",
      message:
        "Expected either foundation (build it here) or foundationStack (refer to one), got both. Remove one of them.",
    };
  }
  if (!own && !other) {
    return {
      key: "foundation",
      message:
        "Expected foundation (build it here) or foundationStack (refer to one), got neither. Set one of them; {} builds a foundation as it is by default.",
    };
  }
  if (other && settings.pipeline === undefined) {
    return {
      key: "pipeline",
      message:
        "Expected a pipeline with foundationStack, got nothing. Set pipeline, or build a foundation with foundation.",
    };
  }
  return undefined;
}

function isPrivateNetwork(text: string): boolean {
  const [address = "", mask = "", ...more] = text.split("/");
  const bits = Number(mask);
  if (more.length > 0 || isIP(address) !== 4 || !/^\d\d$/.test(mask) || bits < 16 || bits > 22)
    return false;
  const value = numberOf(address);
  return isPrivate(address) && value % 2 ** (32 - bits) === 0;
}

function isPublicAddress(text: string): boolean {
  return (
    isIP(text) === 4 &&
    !isPrivate(text) &&
    !/^(0|127|169\.254|22[4-9]|23\d|24\d|25[0-5])\./.test(text)
  );
}

function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}

function numberOf(address: string): number {
  return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}
