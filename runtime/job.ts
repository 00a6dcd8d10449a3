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

export const JobTarget = z.strictObject({
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

/** How much a worker does at once. The defaults suit half a vCPU and 1 GiB. */
export const JobLimits = z.strictObject({
  /** Objects in flight. */
  objects: z.number().int().min(1).max(256).default(16),
  /** Ranges (blocks) in flight, over all objects. */
  ranges: z.number().int().min(1).max(64).default(8),
  /** Bytes of block buffers, over all objects. */
  bufferBytes: z
    .number()
    .int()
    .min(1024 * 1024)
    .default(64 * 1024 * 1024),
  /** How often a message is received before trouble that may pass counts as a failure. Below the queue's maxReceiveCount. */
  receives: z.number().int().min(1).max(100).default(4),
});

/** What a worker is told to do: the whole of `CAUSEWAY_JOB`, as JSON. Holds names and addresses, never a secret. */
export const CopyJob = z.strictObject({
  kind: z.literal("copy"),
  tenant: z.string().min(1),
  pipeline: z.string().min(1),
  generation: z.number().int().nonnegative(),
  source: z.strictObject({
    bucket: z.string().min(1),
    /** Only keys that start with it are the pipeline's; it is not part of the target's names' prefix, keys keep it. */
    prefix: z.string().default(""),
    region: z.string().min(1),
  }),
  targets: z.array(JobTarget).min(1),
  queue: z.strictObject({ url: z.url(), deadLetterUrl: z.url() }),
  ledger: z.strictObject({ bucket: z.string().min(1), prefix: z.string().min(1) }),
  filter: JobFilter.optional(),
  deletes: JobDeletes.default({ mode: "ignore" }),
  limits: JobLimits.prefault({}),
});

/** A parsed job, with every default filled in. */
export type CopyJob = z.output<typeof CopyJob>;
/** What may be left out when a job is written (the program's view). */
export type CopyJobInput = z.input<typeof CopyJob>;
export type JobTarget = z.output<typeof JobTarget>;
export type JobFilter = z.output<typeof JobFilter>;
export type JobDeletes = z.output<typeof JobDeletes>;
export type JobLimits = z.output<typeof JobLimits>;
