import { z } from "zod";
import { refuse } from "./refuse.ts";
import { copyRules } from "./copy-rules.ts";
import { expects } from "./explain.ts";
import { fields, variants } from "./fields.ts";
import { Schedule } from "./schedule.ts";
import { CopySource } from "./source.ts";
import { Target } from "./target.ts";
import { Cap, Duration, Rate, Size } from "./units.ts";

export const Discover = fields({
  events: z
    .boolean()
    .default(true)
    .describe("Objects are looked at as soon as the bucket reports them."),
  scan: fields({
    schedule: Schedule,
    using: z
      .enum(["listing", "inventory"])
      .default("listing")
      .describe("Compare by listing both sides, or by S3 Inventory."),
  })
    .optional()
    .describe("Source and target are compared on a schedule: repairs what events missed."),
}).meta({ id: "Discover", description: "How a pipeline learns what there is to do." });

const Glob = z
  .string(expects("a glob such as **/*.csv"))
  .min(1, expects("a glob such as **/*.csv"))
  .max(512, expects("a glob of at most 512 characters"));

export const Filter = fields({
  include: z
    .array(Glob)
    .max(100)
    .default([])
    .describe("Keys must match one of these; an empty list takes every key."),
  exclude: z.array(Glob).max(100).default([]).describe("Keys must match none of these."),
  minSize: Size.optional(),
  maxSize: Size.optional(),
  minAge: Duration.optional().describe("Objects younger than this wait."),
  maxAge: Duration.optional().describe("Objects older than this are skipped."),
}).meta({
  id: "Filter",
  description:
    "Which objects the pipeline takes. `*` stays within a path part, `**` does not, `?` is one character.",
});

export const Deletes = variants(
  "mode",
  [
    fields({ mode: z.literal("ignore") }),
    fields({
      mode: z.literal("mirror"),
      cap: Cap.default("10%").describe("Past so many deletions a scan's run holds and asks."),
    }),
  ],
  ["ignore", "mirror"],
).meta({ id: "Deletes", description: "What a deletion at the source means for the targets." });

const Format = z.enum(["csv", "ndjson", "parquet"]);

export const Transform = fields({ from: Format, to: Format }).meta({
  id: "Transform",
  description: "Objects arrive in another format.",
});

const CLOCK_RULE = 'a time of day such as "22:00"';
const Clock = z.string(expects(CLOCK_RULE)).regex(/^([01]\d|2[0-3]):[0-5]\d$/, expects(CLOCK_RULE));

export const Limits = fields({
  bytesPerSecond: Rate.optional().describe("Over all workers."),
  window: fields({ from: Clock, to: Clock, zone: z.string().min(1).max(64).default("UTC") })
    .optional()
    .describe("Copies are made between these times of day only."),
  budgetUsd: z
    .number()
    .positive()
    .optional()
    .describe("Per calendar month; the pipeline holds when it is spent."),
  workers: fields({
    min: z
      .int()
      .min(0)
      .max(100)
      .default(1)
      .describe(
        "1 makes an object arrive in seconds; 0 costs nothing at rest and takes a minute or two to wake.",
      ),
    max: z.int().min(1).max(100).default(4),
  }).prefault({}),
}).meta({ id: "Limits", description: "How much a pipeline may use." });

const EMAIL_RULE = "an e-mail address";
const WEBHOOK_RULE = "an https address without user or query";

export const Notify = fields({
  emails: z
    .array(z.email(expects(EMAIL_RULE)))
    .max(10)
    .default([])
    .describe("Each must confirm the subscription that SNS mails to it."),
  webhook: z
    .string(expects(WEBHOOK_RULE))
    .regex(/^https:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, expects(WEBHOOK_RULE))
    .optional(),
}).meta({ id: "Notify", description: "Who hears of alarms." });

export const CopySpec = fields({
  kind: z.literal("copy"),
  source: CopySource,
  targets: z.array(Target).min(1).max(50),
  discover: Discover.prefault({}),
  filter: Filter.optional(),
  deletes: Deletes.default({ mode: "ignore" }),
  transform: Transform.optional(),
  mover: z.enum(["native", "azcopy"]).default("native").describe("What executes a copy."),
  compute: z.enum(["fargate", "lambda"]).default("fargate").describe("What the mover runs on."),
  network: z
    .enum(["nat", "strict"])
    .default("nat")
    .describe(
      "Out through the NAT's one address, or VPC endpoints only with no route to the internet.",
    ),
  limits: Limits.prefault({}),
  notify: Notify.optional(),
})
  .superRefine((spec, context) => {
    refuse(context, copyRules(spec));
  })
  .meta({
    id: "CopySpec",
    description: "A pipeline that keeps targets equal to a source.",
    examples: [{ kind: "copy", source: { type: "s3" }, targets: [{ type: "azure-blob" }] }],
  });
export type CopySpec = z.output<typeof CopySpec>;
