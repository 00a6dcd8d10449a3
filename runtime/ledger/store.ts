/** Where a ledger is kept: a bucket under a prefix, or a folder. Names use `/` and are relative to it. */
export interface LedgerStore {
  /** For people: `s3://bucket/prefix`, or the folder. */
  readonly label: string;
  /** Names that begin with `prefix` and come after `after`, in the order of their UTF-8 bytes. */
  list(prefix: string, after: string, signal: AbortSignal): AsyncIterable<string>;
  /** Undefined: there is none of that name. */
  read(name: string, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Replaces what has the name; resolves when it is durable. */
  write(name: string, bytes: Buffer, signal: AbortSignal): Promise<void>;
}
