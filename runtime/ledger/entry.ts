/** The states an object can end in. Every source key of a run ends in exactly one of them. */
export const states = ["copied", "unchanged", "deleted", "skipped", "held", "failed"] as const;
export type TerminalState = (typeof states)[number];

/** The event that made a worker look at the key. */
export interface LedgerHint {
  readonly messageId: string;
  /** `ObjectCreated:Put`, `ObjectRemoved:Delete` ...; null where the message did not say. */
  readonly eventName: string | null;
  readonly eventTime: string | null;
  readonly sequencer: string | null;
  /** How often the queue has handed the message out, this time included. */
  readonly receiveCount: number;
}

/** What proved the copy equal to its source, and where that value came from. */
export interface LedgerChecksum {
  readonly algorithm: "CRC64NVME" | "CRC32" | "MD5";
  /** Base64, big-endian as S3 writes it. */
  readonly value: string;
  /**
   * `source`: compared with what the source keeps; `computed`: the source keeps none, it was computed over the bytes on their way; `target`: the
   * source keeps none and no byte passed through us, it is what the target says of the bytes that it read by itself.
   */
  readonly basis: "source" | "computed" | "target";
}

/** The terminal state of one key on one target, as whoever settled it hands it to the ledger. */
export interface LedgerRecord {
  /** ISO 8601, UTC, when the state was reached. */
  readonly at: string;
  /** The target's name in the spec. */
  readonly target: string;
  /** The source key, decoded. */
  readonly key: string;
  readonly state: TerminalState;
  /** Why, in words; null for `copied`. */
  readonly reason: string | null;
  /** For `failed` and `held`: `AccessDenied`, `InvalidName`, `BudgetExceeded` ... */
  readonly class: string | null;
  /** What was refused or failed, where it was one request: `s3:GetObject`, `blob:PutBlock`. */
  readonly action: string | null;
  /** Version id or ETag that every read was bound to; null when the source was absent or could not be read. */
  readonly pin: string | null;
  /** Bytes at the source; null when unknown. */
  readonly size: number | null;
  /** Last-Modified of the source, ISO 8601. */
  readonly modified?: string | null | undefined;
  /** How the bytes travelled: through us, or read by the target's cloud from a URL. */
  readonly how: "stream" | "url" | null;
  /** Why not by URL, where that was wanted or tried. */
  readonly why?: string | null | undefined;
  /** Bytes of the source that passed through us, those of attempts that failed included. */
  readonly bytesRead?: number | null | undefined;
  /** Requests made for this key on this target, to both clouds. */
  readonly requests?: number | null | undefined;
  /** Null when nothing was copied. */
  readonly checksum: LedgerChecksum | null;
  /** The name at the target, its prefix included; null where no name exists for the key. */
  readonly name: string | null;
  readonly startedAt: string;
  /** From taking the key up to the terminal state. */
  readonly seconds: number;
  readonly attempts: number;
  /** Id of the run that found the key; absent for what a hint brought. */
  readonly run?: string | null | undefined;
  /** The slice of the run's manifest that named the key. */
  readonly slice?: string | null | undefined;
  readonly hint?: LedgerHint | null | undefined;
}

/** Whose ledger it is; a copy by hand has neither tenant nor pipeline. */
export interface LedgerOwner {
  readonly tenant: string | null;
  readonly pipeline: string | null;
  readonly generation: number | null;
}

/** A line of a ledger file as it is read again. The last line about a key and target wins. Of an unchanged key many fields are null. */
export type LedgerEntry = LedgerOwner &
  Omit<Required<LedgerRecord>, "startedAt" | "seconds" | "attempts"> & {
    readonly modified: string | null;
    readonly why: string | null;
    readonly bytesRead: number | null;
    readonly requests: number | null;
    readonly run: string | null;
    readonly slice: string | null;
    readonly hint: LedgerHint | null;
    readonly startedAt: string | null;
    readonly seconds: number | null;
    readonly attempts: number | null;
  };

/** Keys that a comparison found equal on both sides: a tiny line each. */
export interface UnchangedBatch {
  readonly target: string;
  readonly keys: readonly string[];
  /** Bytes, in the order of the keys. */
  readonly sizes: ArrayLike<number>;
  readonly run?: string | null | undefined;
  readonly slice?: string | null | undefined;
}
