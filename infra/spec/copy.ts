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

export const Archived = variants(
  "mode",
  [
    fields({ mode: z.literal("hold") }),
    fields({
      mode: z.literal("restore"),
      tier: z
        .enum(["bulk", "standard", "expedited"])
        .default("standard")
        .describe(
          "How soon it is there, and at what price: within 12, 5 or a few hours of Glacier, 48 or 12 of Deep Archive, which has no expedited.",
        ),
      days: z
        .int()
        .min(1)
        .max(365)
        .default(3)
        .describe("How long S3 keeps the restored object readable."),
    }),
  ],
  ["hold", "restore"],
).meta({
  id: "Archived",
  description:
    "What becomes of objects in Glacier or Deep Archive: they are held with the reason, or asked for once and copied when they are there.",
});

const Format = z.enum(["csv", "ndjson", "parquet"]);

export const Transform = fields({ from: Format, to: Format }).meta({
  id: "Transform",
  description: "Objects arrive in another format.",
});

const CLOCK_RULE = 'a time of day such as "22:00"';
const Clock = z.string(expects(CLOCK_RULE)).regex(/^([01]\d|2[0-3]):[0-5]\d$/, expects(CLOCK_RULE));

const ZONE_RULE = 'an IANA time zone such as "Europe/Berlin"';
const Zone = z
  .string(expects(ZONE_RULE))
  .max(64, expects(ZONE_RULE))
  .refine(isZone, expects(ZONE_RULE));

export const Window = fields({
  from: Clock,
  to: Clock,
  zone: Zone.default("UTC"),
  outside: Rate.optional().describe(
    "What all workers together may use at other times. Without it nothing is copied then.",
  ),
}).meta({
  id: "Window",
  description:
    "The hours in which objects are copied, past midnight where `to` is before `from`; `bytesPerSecond` is for these. What arrives at other times waits in the queue.",
});

export const Limits = fields({
  bytesPerSecond: Rate.optional().describe("Over all workers."),
  window: Window.optional(),
  budgetUsd: z
    .number()
    .positive()
    .optional()
    .describe(
      "What requests and traffic of all workers may cost in a calendar month (UTC), by list price. What would exceed it waits for the next month, or for a higher budget.",
    ),
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

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

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
  archived: Archived.default({ mode: "hold" }),
  tags: z
    .enum(["copy", "ignore"])
    .default("ignore")
    .describe("Whether objects' tags are copied: one more request for each that has any."),
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
