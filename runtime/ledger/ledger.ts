import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Interrupted } from "../errors.ts";
import { wait } from "../http/attempts.ts";
import { scrub } from "../secrets.ts";
import type { LedgerEntry, TerminalState } from "./entry.ts";

const compress = promisify(gzip);

/** Where ledger files are kept. Resolves when the file is durable. */
export type WriteFile = (name: string, bytes: Buffer, signal: AbortSignal) => Promise<void>;

export interface LedgerOptions {
  readonly worker: string;
  readonly write: WriteFile;
  /** Ends every attempt to write. */
  readonly signal: AbortSignal;
  /** Told of each write that failed; it is tried again until the signal ends it. */
  readonly onTrouble: (error: unknown) => void;
  /** At least so long lies between the beginnings of two files, in milliseconds, unless enough entries have gathered. */
  readonly flushMs?: number;
  readonly flushEntries?: number;
  readonly now?: () => Date;
}

export type Totals = Readonly<Record<TerminalState, number>> & { readonly bytes: number };

/** What comes at the same moment shares a file. */
const GATHER_MS = 50;

/** Gathers terminal states into files of compressed NDJSON: at once after a rest, then one in a second, or one for 500 entries. */
export class Ledger {
  readonly #options: LedgerOptions;
  #lines: string[] = [];
  #durable = Promise.withResolvers<undefined>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #sequence = 0;
  #lastFlush = -Infinity;
  readonly #totals = {
    copied: 0,
    unchanged: 0,
    deleted: 0,
    skipped: 0,
    held: 0,
    failed: 0,
    bytes: 0,
  };

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /** Resolves when the file that holds the entries is durable; rejects with `Interrupted` when the worker stops before. */
  record(entries: readonly LedgerEntry[]): Promise<void> {
    const { flushMs = 1000, flushEntries = 500 } = this.#options;
    for (const entry of entries) {
      this.#lines.push(scrub(JSON.stringify(entry)));
      this.#totals[entry.state] += 1;
      if (entry.state === "copied") this.#totals.bytes += entry.size ?? 0;
    }
    const { promise } = this.#durable;
    if (this.#lines.length >= flushEntries) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), this.#wait(flushMs));
    return promise;
  }

  /** An entry after a rest is written at once; in a steady stream there is a file in every `flushMs`. */
  #wait(flushMs: number): number {
    const sinceLast = performance.now() - this.#lastFlush;
    return Math.max(Math.min(GATHER_MS, flushMs), flushMs - sinceLast);
  }

  /** States reached since the worker began. */
  totals(): Totals {
    return { ...this.#totals };
  }

  /** Writes what has gathered, after what is being written. Never rejects: those who wait for their entries are told. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length > 0) {
      this.#lastFlush = performance.now();
      const lines = this.#lines;
      const { resolve, reject } = this.#durable;
      this.#lines = [];
      this.#durable = Promise.withResolvers<undefined>();
      this.#writing = this.#writing
        .then(() => this.#write(lines))
        .then(() => resolve(undefined), reject);
    }
    return this.#writing;
  }

  async #write(lines: readonly string[]): Promise<void> {
    const { signal, write, onTrouble, worker } = this.#options;
    const bytes = await compress(`${lines.join("\n")}\n`);
    this.#sequence += 1;
    const name = fileName(this.#options.now?.() ?? new Date(), worker, this.#sequence);
    for (let pause = 500; ; pause = Math.min(30_000, pause * 2)) {
      try {
        await write(name, bytes, signal);
        return;
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        onTrouble(error);
        await wait(pause, signal);
      }
    }
  }
}

/** `dt=2026-01-31/20260131T235959123Z-WORKER-1.ndjson.gz`. */
export function fileName(at: Date, worker: string, sequence: number): string {
  const iso = at.toISOString();
  return `dt=${iso.slice(0, 10)}/${iso.replace(/[-:.]/g, "")}-${worker}-${sequence}.ndjson.gz`;
}
