import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import { Interrupted } from "../errors.ts";
import { wait } from "../http/attempts.ts";
import { Encoder } from "./encode.ts";
import type { LedgerOwner, LedgerRecord, UnchangedBatch } from "./entry.ts";
import { fileName } from "./file-name.ts";
import { Gathering } from "./gathering.ts";
import { Tally, type LiveBooks, type Totals } from "./totals.ts";

const compress = promisify(zstdCompress);
/** Measured on lines of copies and of unchanged keys: 0.2 us and 8 bytes a line; level 6 takes six times as long to save 8 %. */
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** Where ledger files are kept. Resolves when the file is durable. */
export type WriteFile = (name: string, bytes: Buffer, signal: AbortSignal) => Promise<void>;

export interface LedgerOptions {
  readonly owner: LedgerOwner;
  /** The run of records that name none. */
  readonly run?: string;
  readonly worker: string;
  readonly write: WriteFile;
  /** Ends every attempt to write. */
  readonly signal: AbortSignal;
  /** Told of each write that failed; it is tried again until the signal ends it. */
  readonly onTrouble: (error: unknown) => void;
  /** At least so long lies between the beginnings of two files, in milliseconds, unless enough entries have gathered. */
  readonly flushMs?: number;
  readonly flushEntries?: number;
  /** Bytes of lines that wait to be durable; past it `room` lets nobody on. */
  readonly mostPending?: number;
  readonly now?: () => Date;
}

/** What comes at the same moment shares a file. */
const GATHER_MS = 50;
/** Bytes of one file before it is compressed; whoever reads it holds its text. */
const LARGEST_FILE = 2 * 1024 * 1024;
const MOST_PENDING = 6 * 1024 * 1024;
/** Keys of a batch that are written down at once. */
const CHUNK = 1024;

/**
 * Gathers terminal states into files of compressed NDJSON: at once after a rest, then one in a second, or sooner when enough has gathered. One file is
 * written at a time, so when the store is slow files grow instead of queueing. What a full disk or a store out of reach does not take stays here: `room`
 * keeps whoever waits for it from taking up more.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #encoder: Encoder;
  readonly #all = new Tally();
  readonly #runs = new Map<string, Tally>();
  #gathering = new Gathering();
  /** Of full size, to be written after what is being written. */
  readonly #full: Gathering[] = [];
  #writing: Gathering | undefined;
  #due = false;
  #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  #lastBegun = -Infinity;
  #lost: Error | undefined;
  #spare: Buffer | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#encoder = new Encoder(options.owner, options.run);
  }

  /** Resolves when the file that holds the records is durable; rejects with `Interrupted` when the worker stops before. */
  record(records: readonly LedgerRecord[]): Promise<void> {
    for (const record of records) {
      this.#add(this.#encoder.line(record), 1);
      this.#all.add(record);
      this.#tallyOf(record.run)?.add(record);
    }
    return this.#gathered();
  }

  /** As `record`, for keys that a comparison found equal on both sides. */
  recordUnchanged(batch: UnchangedBatch): Promise<void> {
    const at = (this.#options.now?.() ?? new Date()).toISOString();
    const { length } = batch.keys;
    for (let from = 0; from < length; from += CHUNK) {
      const to = Math.min(length, from + CHUNK);
      this.#add(this.#encoder.unchanged(batch, at, from, to), to - from);
    }
    const bytes = sumOf(batch.sizes);
    this.#all.addMany("unchanged", length, bytes, at);
    this.#tallyOf(batch.run)?.addMany("unchanged", length, bytes, at);
    return this.#gathered();
  }

  /** Undefined: there is room for more. Else resolves when there is; rejects with `Interrupted` when the worker stops. To be asked before keys are taken up. */
  room(): Promise<void> | undefined {
    return this.#crowded ? this.#roomLater() : undefined;
  }

  get #crowded(): boolean {
    return this.pending > (this.#options.mostPending ?? MOST_PENDING);
  }

  async #roomLater(): Promise<void> {
    while (this.#crowded) {
      this.#begin();
      await (this.#writing ?? this.#gathering).durable.promise;
    }
  }

  /** Bytes of lines that are not durable yet. */
  get pending(): number {
    let queued = 0;
    // Asked for every object, and mostly empty.
    if (this.#full.length > 0) for (const { length } of this.#full) queued += length;
    return this.#gathering.length + queued + (this.#writing?.length ?? 0);
  }

  /** States reached since the worker began, or in one run: live, and each record counts. */
  totals(run?: string): Totals {
    return (run === undefined ? this.#all : (this.#runs.get(run) ?? new Tally())).totals();
  }

  /** What the lines of one run so far say for its closing. */
  books(run: string): LiveBooks {
    return (this.#runs.get(run) ?? new Tally()).books();
  }

  /** A run of which nothing more will be recorded here: its books, which are no longer kept. */
  forget(run: string): LiveBooks {
    const books = this.books(run);
    this.#runs.delete(run);
    return books;
  }

  /** Resolves when everything that was recorded is durable; rejects when any of it was lost. */
  async sync(): Promise<void> {
    await this.flush();
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** Writes what has gathered, after what is being written. Never rejects: those who wait for their entries are told. */
  flush(): Promise<void> {
    const last = this.#last();
    this.#begin();
    return last?.ended ?? Promise.resolve();
  }

  #tallyOf(run: string | null | undefined): Tally | undefined {
    const name = run ?? this.#options.run;
    if (name === undefined) return undefined;
    let tally = this.#runs.get(name);
    if (tally === undefined) this.#runs.set(name, (tally = new Tally()));
    return tally;
  }

  #gathered(): Promise<void> {
    const { flushMs = 1000, flushEntries = 500 } = this.#options;
    const last = this.#last();
    if (this.#gathering.entries >= flushEntries) this.#begin();
    else if (this.#gathering.entries > 0) {
      this.#timer ??= setTimeout(() => this.#begin(), this.#wait(flushMs));
    }
    return last?.durable.promise ?? Promise.resolve();
  }

  /** What the newest lines are in; undefined when everything is durable. */
  #last(): Gathering | undefined {
    return this.#gathering.entries > 0 ? this.#gathering : (this.#full.at(-1) ?? this.#writing);
  }

  #add(lines: string, entries: number): void {
    this.#gathering.add(lines, entries);
    if (this.#gathering.length < LARGEST_FILE) return;
    this.#full.push(this.#gathering);
    this.#gathering = this.#fresh();
    this.#writeOn();
  }

  /** An entry after a rest is written at once; in a steady stream there is a file in every `flushMs`. */
  #wait(flushMs: number): number {
    const sinceLast = performance.now() - this.#lastBegun;
    return Math.max(Math.min(GATHER_MS, flushMs), flushMs - sinceLast);
  }

  /** Begins a file with what has gathered, now or when the one before it is durable. */
  #begin(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = true;
    this.#writeOn();
  }

  #writeOn(): void {
    if (this.#writing === undefined) void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    for (let file = this.#next(); file !== undefined; file = this.#next()) {
      this.#writing = file;
      this.#lastBegun = performance.now();
      try {
        await this.#write(file);
        file.durable.resolve(undefined);
      } catch (error) {
        this.#lost = error instanceof Error ? error : new Error(String(error));
        file.durable.reject(error);
      }
      this.#writing = undefined;
    }
  }

  #next(): Gathering | undefined {
    const full = this.#full.shift();
    if (full !== undefined) return full;
    if (!this.#due || this.#gathering.entries === 0) return undefined;
    this.#due = false;
    const file = this.#gathering;
    this.#gathering = this.#fresh();
    return file;
  }

  #fresh(): Gathering {
    const gathering = new Gathering(this.#spare);
    this.#spare = undefined;
    return gathering;
  }

  async #write(file: Gathering): Promise<void> {
    const { signal, write, onTrouble, worker } = this.#options;
    const bytes = await compress(file.bytes(), LEVEL);
    this.#spare = file.leave();
    this.#sequence += 1;
    const name = fileName(this.#options.now?.() ?? new Date(), worker, this.#sequence);
    for (let pause = 500; ; pause = Math.min(30_000, pause * 2)) {
      if (signal.aborted) throw new Interrupted();
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

function sumOf(sizes: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < sizes.length; index += 1) sum += sizes[index] ?? 0;
  return sum;
}
