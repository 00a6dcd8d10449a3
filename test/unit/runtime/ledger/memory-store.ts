import { zstdCompressSync } from "node:zlib";
import { Encoder } from "../../../../runtime/ledger/encode.ts";
import type { LedgerRecord } from "../../../../runtime/ledger/entry.ts";
import { fileName } from "../../../../runtime/ledger/file-name.ts";
import type { LedgerStore } from "../../../../runtime/ledger/store.ts";
import { owner } from "./records.ts";

/** A store that counts what is read. */
export class MemoryStore implements LedgerStore {
  readonly label = "memory";
  readonly files = new Map<string, Buffer>();
  reads = 0;
  #sequence = 0;
  readonly #encoder = new Encoder(owner);

  async *list(prefix: string, after: string): AsyncIterable<string> {
    await Promise.resolve();
    yield* [...this.files.keys()].filter((name) => name.startsWith(prefix) && name > after).sort();
  }

  read(name: string): Promise<Buffer | undefined> {
    this.reads += 1;
    return Promise.resolve(this.files.get(name));
  }

  write(name: string, bytes: Buffer): Promise<void> {
    this.files.set(name, bytes);
    return Promise.resolve();
  }

  /** A ledger file as a worker writes one at a time that none of its lines is later than. */
  ledgerFile(records: readonly LedgerRecord[], writtenAt: string, worker = "w"): void {
    this.#sequence += 1;
    const text = records.map((one) => this.#encoder.line(one)).join("");
    const name = fileName(new Date(writtenAt), worker, this.#sequence);
    this.files.set(name, zstdCompressSync(Buffer.from(text)));
  }
}
