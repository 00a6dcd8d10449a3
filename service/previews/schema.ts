import { z } from "zod";
import { OperationProblem } from "../http/schemas.ts";

const moment = z.iso.datetime().meta({ description: "ISO 8601, UTC." });

export const previewStates = [
  "running",
  "ready",
  "failed",
  "applied",
  "expired",
  "outdated",
] as const;
export type PreviewState = (typeof previewStates)[number];

export const Commit = z
  .string()
  .regex(/^[0-9a-f]{7,64}$/, "Expected 7 to 64 hexadecimal digits, as `git rev-parse HEAD` prints.")
  .meta({ description: "The commit that the spec is from; shown with the preview." });

/** One property that a step changes. */
export const PreviewChange = z
  .object({
    path: z.string().meta({ description: '`versioningConfiguration.status`, `tags["a.b"]`.' }),
    kind: z.string().meta({
      description:
        "add, update, delete; with -replace where it is this property that forces a replacement.",
    }),
    before: z.string().nullable(),
    after: z.string().nullable(),
    secret: z.boolean().meta({
      description:
        "The values are fingerprints, `secret:3f9a07d1`, under a key of the stack: they differ where the secrets do, and say nothing else.",
    }),
  })
  .meta({
    id: "PreviewChange",
    description:
      "Values are JSON, cut short; `output` is one that is not known before it is built.",
  });
export type PreviewChange = z.output<typeof PreviewChange>;

export const PreviewStep = z
  .object({
    op: z.string().meta({ description: "replace, delete, update, create, import." }),
    urn: z.string(),
    type: z.string().meta({ description: "`aws:sqs/queue:Queue`" }),
    name: z.string(),
    why: z
      .array(z.string())
      .meta({ description: "The properties that force the replacement; else empty." }),
    changes: z.array(PreviewChange),
  })
  .meta({ id: "PreviewStep" });
export type PreviewStep = z.output<typeof PreviewStep>;

export const PreviewCost = z
  .object({
    currency: z.literal("USD"),
    pricesAsOf: z.string().meta({ description: "The date of the price table." }),
    before: z.number().nullable().meta({ description: "Per month; null when it is not known." }),
    after: z.number().meta({ description: "Per month, at rest." }),
    delta: z.number().nullable(),
    items: z.array(
      z.object({
        what: z.string().meta({ description: "A resource, and how its figure comes about." }),
        before: z.number().nullable(),
        after: z.number().nullable().meta({ description: "null: it is not there then." }),
      }),
    ),
    assumptions: z.array(z.string()),
  })
  .meta({ id: "PreviewCost" });
export type PreviewCost = z.output<typeof PreviewCost>;

export const PolicyViolation = z
  .object({
    rule: z.string().meta({ description: "closed-by-default, least-privilege, budget, region." }),
    level: z.enum(["mandatory", "advisory"]).meta({
      description: "mandatory: it cannot be applied, nor built by a direct POST or PUT.",
    }),
    resource: z.string().nullable().meta({ description: "URN; null: the pipeline as a whole." }),
    message: z.string(),
    cure: z.string(),
  })
  .meta({ id: "PolicyViolation" });
export type PolicyViolation = z.output<typeof PolicyViolation>;

export const PreviewPolicy = z
  .object({
    passed: z.boolean().meta({ description: "No mandatory rule is broken." }),
    violations: z.array(PolicyViolation),
  })
  .meta({ id: "PreviewPolicy" });
export type PreviewPolicy = z.output<typeof PreviewPolicy>;

export const Preview = z
  .object({
    id: z.string(),
    tenant: z.string(),
    pipeline: z.string(),
    operation: z.string().meta({ description: "Id of the operation that looks." }),
    state: z.enum(previewStates).meta({
      description:
        "ready: it can be applied, unless its policy forbids. outdated: the world has moved since, see moved. applied: once is all.",
    }),
    action: z.enum(["create", "update", "none"]).meta({ description: "What applying it does." }),
    createdAt: moment,
    expiresAt: moment,
    by: z.string().meta({ description: "Who asked for it, by name." }),
    commit: z.string().nullable().meta({ description: "The commit it was made from, as told." }),
    generation: z.object({
      from: z.int().nullable().meta({ description: "null: there is no such pipeline yet." }),
      to: z.int(),
    }),
    summary: z
      .string()
      .nullable()
      .meta({ description: "`replace 1, update 2`, or `no changes`; null while it runs." }),
    counts: z
      .record(z.string(), z.int())
      .meta({ description: "Resources by step, same included." }),
    steps: z.array(PreviewStep).meta({ description: "Replacements and deletions first." }),
    cost: PreviewCost.nullable(),
    policy: PreviewPolicy.nullable(),
    drift: z.object({ resources: z.int() }).nullable().meta({
      description:
        "How many resources were changed by hand, as the last look for drift saw it; null: nobody has looked.",
    }),
    moved: z
      .array(z.string())
      .meta({ description: "What has changed since it was made, so that it cannot be applied." }),
    digest: z
      .string()
      .nullable()
      .meta({ description: "sha256:… of plan, config and program; what an approval is bound to." }),
    failure: OperationProblem.nullable(),
    applied: z
      .object({ operation: z.string(), at: moment, by: z.string() })
      .nullable()
      .meta({ description: "The operation that applied it." }),
    links: z.object({
      self: z.string(),
      operation: z.string(),
      apply: z.string(),
      page: z.string().meta({ description: "The whole of it, nothing cut." }),
    }),
  })
  .meta({
    id: "Preview",
    description:
      "What a spec would change, priced and judged; it can be applied as it was approved.",
  });
export type Preview = z.output<typeof Preview>;
