import { z } from "zod";

/** A filter's globs (`*`, `**`, `?`) and size bounds; a key passes when an include matches (or there are none) and no exclude does. */
export const JobFilter = z.strictObject({
  include: z.array(z.string().min(1)).default([]),
  exclude: z.array(z.string().min(1)).default([]),
  /** Bytes, inclusive. */
  minSize: z.number().int().nonnegative().optional(),
  /** Bytes, inclusive. */
  maxSize: z.number().int().nonnegative().optional(),
});

/** What a deletion at the source means for the target. */
export const JobDeletes = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("ignore") }),
  z.strictObject({
    mode: z.literal("mirror"),
    /** Past so many deletions a scan holds its run and asks; hints carry one deletion each. */
    cap: z
      .strictObject({
        count: z.number().int().positive().optional(),
        percent: z.number().positive().max(100).optional(),
      })
      .optional(),
  }),
]);

/** Where a bucket is: AWS, or a server that speaks S3. */
const bucketFields = {
  bucket: z.string().min(1),
  region: z.string().min(1),
  /** Of a server that is not AWS: `https://oss-cn-hangzhou.aliyuncs.com`. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** Whether the bucket is named in the host or in the path; `auto`: as that server wants it. */
  addressing: z.enum(["auto", "path", "virtual"]).default("auto"),
};

export const JobSource = z.strictObject({
  ...bucketFields,
  /** Only keys that start with it are the pipeline's; it is not part of the target's names' prefix, keys keep it. */
  prefix: z.string().default(""),
  /** Requests and traffic are paid by us, where the bucket's owner demands it. */
  requesterPays: z.boolean().default(false),
});

export const AzureJobTarget = z.strictObject({
  name: z.string().min(1),
  type: z.literal("azure-blob"),
  account: z.string().min(1),
  /** The account's blob endpoint: `https://ACCOUNT.blob.core.windows.net` or `http://127.0.0.1:10000/ACCOUNT`. */
  endpoint: z.url({ protocol: /^https?$/ }),
  container: z.string().min(1),
  /** Put before every name in the container; empty or ending in what separates it from the rest. */
  prefix: z.string().default(""),
  /** Name of the SSM parameter (SecureString) that holds the container's SAS. */
  sasParameter: z.string().min(1),
});

export const S3JobTarget = z.strictObject({
  name: z.string().min(1),
  type: z.literal("s3"),
  ...bucketFields,
  prefix: z.string().default(""),
});

export const JobTarget = z.discriminatedUnion("type", [AzureJobTarget, S3JobTarget]);

/** What becomes of objects whose storage class archives them. */
export const JobArchived = z.discriminatedUnion("do", [
  z.strictObject({ do: z.literal("hold") }),
  /** Asked for once, and copied when it is there: `days` is how long S3 then keeps it readable. */
  z.strictObject({
    do: z.literal("restore"),
    days: z.number().int().min(1).max(365).default(3),
    /** How soon, and at what price. */
    tier: z.enum(["bulk", "standard", "expedited"]).default("standard"),
  }),
]);

/** Minutes since midnight. */
const minute = z.number().int().min(0).max(1439);

/** The hours in which objects are copied; past midnight where `to` is not after `from`. */
export const JobWindow = z.strictObject({
  from: minute,
  to: minute,
  /** IANA. */
  zone: z.string().min(1).default("UTC"),
  /** Bytes per second that all workers share in the other hours; absent: nothing is copied then. */
  outside: z.number().int().positive().optional(),
});

/** How much a worker does at once. The defaults suit half a vCPU and 1 GiB. */
export const JobLimits = z.strictObject({
  /** Objects in flight: small ones wait for the network more than for us. */
  objects: z.number().int().min(1).max(1024).default(64),
  /** Blocks of one object in flight. */
  ranges: z.number().int().min(1).max(64).default(8),
  /** Bytes of buffers, over all objects. */
  bufferBytes: z
    .number()
    .int()
    .min(1024 * 1024)
    .default(96 * 1024 * 1024),
  /** Bytes per second that all workers of the pipeline share; absent: as fast as the clouds allow. */
  bytesPerSecond: z.number().int().positive().optional(),
  window: JobWindow.optional(),
  /** US dollars that requests and traffic of all workers may cost in a calendar month (UTC), by list price. */
  budgetUsd: z.number().positive().optional(),
  /** How often a message is received before trouble that may pass counts as a failure. Below the queue's maxReceiveCount. */
  receives: z.number().int().min(1).max(100).default(4),
});

/** What a worker is told to do: the whole of `CAUSEWAY_JOB`, as JSON. Holds names and addresses, never a secret. */
export const CopyJob = z.strictObject({
  kind: z.literal("copy"),
  tenant: z.string().min(1),
  pipeline: z.string().min(1),
  generation: z.number().int().nonnegative(),
  source: JobSource,
  targets: z.array(JobTarget).min(1),
  queue: z.strictObject({ url: z.url(), deadLetterUrl: z.url() }),
  ledger: z.strictObject({ bucket: z.string().min(1), prefix: z.string().min(1) }),
  filter: JobFilter.optional(),
  deletes: JobDeletes.default({ mode: "ignore" }),
  /** `auto`: by URL from 1 MiB up, where the target's cloud can read the source; `url`: all it can; `stream`: everything through the worker. */
  by: z.enum(["auto", "url", "stream"]).default("auto"),
  /** How bytes leave the workers' network, which decides what they cost (cost/route.ts). */
  via: z.enum(["nat", "public", "outside"]).default("nat"),
  archived: JobArchived.default({ do: "hold" }),
  /** `map`: a target's tier or class goes by the source's storage class; `default`: it is the account's or bucket's own. */
  tiers: z.enum(["map", "default"]).default("map"),
  /** `copy` needs s3:GetObjectTagging (s3:GetObjectVersionTagging) at the source and a SAS that may write tags. */
  tags: z.enum(["copy", "ignore"]).default("ignore"),
  /** When sides that keep no common checksum count as equal: never, or by size and time. */
  trust: z.enum(["checksum", "size-and-time"]).default("checksum"),
  limits: JobLimits.prefault({}),
});

/** A parsed job, with every default filled in. */
export type CopyJob = z.output<typeof CopyJob>;
/** What may be left out when a job is written (the program's view). */
export type CopyJobInput = z.input<typeof CopyJob>;
export type JobSource = z.output<typeof JobSource>;
export type JobTarget = z.output<typeof JobTarget>;
export type AzureJobTarget = z.output<typeof AzureJobTarget>;
export type S3JobTarget = z.output<typeof S3JobTarget>;
export type JobFilter = z.output<typeof JobFilter>;
export type JobDeletes = z.output<typeof JobDeletes>;
export type JobLimits = z.output<typeof JobLimits>;
