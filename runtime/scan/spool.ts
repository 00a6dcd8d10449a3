import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { LedgerStore } from "../ledger/store.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Keys of one part of the spool. */
const PART = 10_000;

/** Where a scan keeps what it must know again after it died: a run's folder or bucket. */
export type ScanStore = Pick<LedgerStore, "read" | "write">;

/** Keys whose copies are to be deleted once all else is done: kept in numbered parts, so that memory does not grow with them. */
export class Spool {
  readonly #store: ScanStore;
  readonly #prefix: string;
  readonly #signal: AbortSignal;
  #gathered: string[] = [];
  #parts: number;
  #keys: number;
  #writing: Promise<unknown> = Promise.resolve();

  /** Goes on after `parts`, which hold `keys`. */
  constructor(
    store: ScanStore,
    prefix: string,
    signal: AbortSignal,
    kept: { readonly parts: number; readonly keys: number } = { parts: 0, keys: 0 },
  ) {
    this.#store = store;
    this.#prefix = prefix;
    this.#signal = signal;
    this.#parts = kept.parts;
    this.#keys = kept.keys;
  }

  get keys(): number {
    return this.#keys;
  }

  get full(): boolean {
    return this.#gathered.length >= PART;
  }

  add(key: string): void {
    this.#gathered.push(key);
    this.#keys += 1;
  }

  /** Makes what was added durable: how many parts there are then, and the keys in them. */
  async flush(): Promise<{ readonly parts: number; readonly keys: number }> {
    const keys = this.#gathered;
    if (keys.length > 0) {
      this.#gathered = [];
      this.#parts += 1;
      const name = this.#name(this.#parts);
      this.#writing = Promise.all([this.#writing, this.#write(name, keys)]);
    }
    const kept = { parts: this.#parts, keys: this.#keys };
    await this.#writing;
    return kept;
  }

  /** The keys from number `from` on, a part at a time. */
  async *read(from = 0): AsyncGenerator<readonly string[]> {
    let passed = 0;
    for (let part = 1; part <= this.#parts; part += 1) {
      const name = this.#name(part);
      const bytes = await this.#store.read(name, this.#signal);
      if (bytes === undefined) throw new Error(`${name}, which lists deletions, is gone.`);
      const keys = JSON.parse((await decompress(bytes)).toString()) as string[];
      const skipped = Math.max(0, Math.min(keys.length, from - passed));
      passed += keys.length;
      if (skipped < keys.length) yield keys.slice(skipped);
    }
  }

  async #write(name: string, keys: readonly string[]): Promise<void> {
    const bytes = await compress(Buffer.from(JSON.stringify(keys)));
    await this.#store.write(name, bytes, this.#signal);
  }

  #name(part: number): string {
    return `${this.#prefix}deletions-${String(part).padStart(6, "0")}.json.zst`;
  }
}
