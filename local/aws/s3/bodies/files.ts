import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";

import { Pins } from "./bodies.ts";
import type { Bodies, Staged } from "./bodies.ts";

/** Bytes per disk write and per read. */
const BLOCK = 512 * 1024;

/**
 * Bodies as files: `incoming/ID` while they arrive, `kept/XX/ID` once the index names them.
 * Nothing is synced to the disk: a killed process loses nothing, a power cut may.
 */
export class FileBodies implements Bodies {
  readonly #incoming: string;
  readonly #kept: string;
  readonly #pins = new Pins();
  readonly #shards = new Set<string>();

  constructor(folder: string) {
    this.#incoming = join(folder, "incoming");
    this.#kept = join(folder, "kept");
    mkdirSync(this.#incoming, { recursive: true });
    mkdirSync(this.#kept, { recursive: true });
  }

  async write(source: AsyncIterable<Buffer>): Promise<Staged> {
    const id = randomBytes(15).toString("hex");
    const file = join(this.#incoming, id);
    try {
      return { id, size: await receive(source, file) };
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  keep(id: string): void {
    renameSync(join(this.#incoming, id), this.#path(id));
  }

  async *read(id: string, start: number, end: number): AsyncGenerator<Buffer> {
    const handle = await open(this.#path(id), "r");
    try {
      for (let offset = start; offset < end;) {
        const block = Buffer.allocUnsafe(Math.min(BLOCK, end - offset));
        const { bytesRead } = await handle.read(block, 0, block.length, offset);
        if (bytesRead === 0)
          throw new Error(`The body ${id} ends at byte ${offset}, expected ${end}.`);
        offset += bytesRead;
        yield block.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  pin(ids: readonly string[]): () => void {
    return this.#pins.pin(ids);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#remove(id)));
  }

  recover(isKnown: (id: string) => boolean): void {
    for (const id of readdirSync(this.#incoming)) {
      if (isKnown(id)) this.keep(id);
      else rmSync(join(this.#incoming, id), { force: true });
    }
  }

  async #remove(id: string): Promise<void> {
    await this.#pins.free(id);
    await rm(this.#path(id), { force: true });
    await rm(join(this.#incoming, id), { force: true });
  }

  #path(id: string): string {
    const shard = join(this.#kept, id.slice(0, 2));
    if (!this.#shards.has(shard)) {
      mkdirSync(shard, { recursive: true });
      this.#shards.add(shard);
    }
    return join(shard, id);
  }
}

/** Writes blocks while the next one is gathered; a body smaller than a block is one synchronous write. */
async function receive(source: AsyncIterable<Buffer>, file: string): Promise<number> {
  let handle: FileHandle | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  let [batch, batched, size]: [Buffer[], number, number] = [[], 0, 0];
  try {
    for await (const chunk of source) {
      batch.push(chunk);
      batched += chunk.length;
      size += chunk.length;
      if (batched < BLOCK) continue;
      handle ??= await open(file, "wx");
      await writing;
      writing = writeAll(handle, batch, batched);
      // The rejection is met at the next await; until then it must not count as unhandled.
      writing.catch(() => undefined);
      [batch, batched] = [[], 0];
    }
    await writing;
    if (handle === undefined) writeFileSync(file, Buffer.concat(batch), { flag: "wx" });
    else if (batched > 0) await writeAll(handle, batch, batched);
    return size;
  } finally {
    await writing.catch(() => undefined);
    await handle?.close();
  }
}

async function writeAll(handle: FileHandle, batch: Buffer[], length: number): Promise<void> {
  const { bytesWritten } = await handle.writev(batch);
  if (bytesWritten === length) return;
  const rest = Buffer.concat(batch).subarray(bytesWritten);
  await handle.appendFile(rest);
}
