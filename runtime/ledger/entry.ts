import { z } from "zod";

/** The states an object can end in. Every source key of a run ends in exactly one of them. */
export const TerminalState = z.enum([
  "copied",
  "unchanged",
  "deleted",
  "skipped",
  "held",
  "failed",
]);

/** The event that made a worker look at the key. */
export const LedgerHint = z.object({
  messageId: z.string(),
  /** `ObjectCreated:Put`, `ObjectRemoved:Delete` ...; null where the message did not say. */
  eventName: z.string().nullable(),
  eventTime: z.string().nullable(),
  sequencer: z.string().nullable(),
  /** How often the queue has handed the message out, this time included. */
  receiveCount: z.number().int().positive(),
});

/** One line of a ledger file: the terminal state of one key on one target. The last line about a key and target wins. */
export const LedgerEntry = z.object({
  v: z.literal(1),
  /** ISO 8601, when the state was reached. */
  at: z.iso.datetime(),
  tenant: z.string(),
  pipeline: z.string(),
  generation: z.number().int(),
  /** The target's name in the spec. */
  target: z.string(),
  /** The source key, decoded. */
  key: z.string(),
  /** Version id or ETag that every read was bound to; null when the source was absent or could not be read. */
  pin: z.string().nullable(),
  /** Bytes at the source; null when unknown. */
  size: z.number().int().nonnegative().nullable(),
  state: TerminalState,
  /** Why, in words; null for `copied`. */
  reason: z.string().nullable(),
  /** For `failed` and `held`: `AccessDenied`, `InvalidName`, `ChecksumMismatch` ... */
  class: z.string().nullable(),
  /** What was refused or failed, where it was one request: `s3:GetObject`, `blob:PutBlock`. */
  action: z.string().nullable(),
  /** How the bytes travelled. */
  how: z.enum(["stream"]).nullable(),
  /** What proved the copy equal to its source, and where that value came from; null when nothing was copied. */
  checksum: z
    .object({
      algorithm: z.enum(["CRC64NVME", "MD5"]),
      /** Base64, big-endian as S3 writes it. */
      value: z.string(),
      /** `source`: compared with what S3 keeps; `computed`: the source keeps none, it was computed on the way. */
      basis: z.enum(["source", "computed"]).optional(),
    })
    .nullable(),
  /** The name at the target, its prefix included; null where no name exists for the key. */
  name: z.string().nullable(),
  startedAt: z.iso.datetime(),
  /** From receiving the message to the terminal state. */
  seconds: z.number().nonnegative(),
  attempts: z.number().int().positive(),
  hint: LedgerHint,
});

export type TerminalState = z.output<typeof TerminalState>;
export type LedgerHint = z.output<typeof LedgerHint>;
export type LedgerEntry = z.output<typeof LedgerEntry>;
