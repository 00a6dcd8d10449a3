import { randomUUID } from "node:crypto";

import { Pins } from "./bodies.ts";
import type { Bodies, Staged } from "./bodies.ts";

/** Bodies in memory, for tests and for a server without a home. */
export class MemoryBodies implements Bodies {
  readonly #chunks = new Map<string, readonly Buffer[]>();
  readonly #pins = new Pins();

  async write(source: AsyncIterable<Buffer>): Promise<Staged> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of source) {
      // A copy: the source's buffer may be a slice of a pool that would be held whole.
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
    }
    const id = randomUUID();
    this.#chunks.set(id, chunks);
    return { id, size };
  }

  keep(): void {
    // Memory has no half-way.
  }

  async *read(id: string, start: number, end: number): AsyncGenerator<Buffer> {
    let offset = 0;
    for (const chunk of this.#chunks.get(id) ?? []) {
      const from = Math.max(start - offset, 0);
      const to = Math.min(end - offset, chunk.length);
      offset += chunk.length;
      if (from < to) yield await Promise.resolve(chunk.subarray(from, to));
    }
  }

  pin(ids: readonly string[]): () => void {
    return this.#pins.pin(ids);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#remove(id)));
  }

  recover(): void {
    // Nothing survives.
  }

  async #remove(id: string): Promise<void> {
    await this.#pins.free(id);
    this.#chunks.delete(id);
  }
}
