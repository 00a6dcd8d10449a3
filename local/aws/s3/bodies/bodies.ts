/** A run of bytes that has been received whole but belongs to nothing yet. */
export interface Staged {
  readonly id: string;
  /** bytes */
  readonly size: number;
}

/**
 * Where the bytes of objects and parts are. A body is written once and never changed.
 * `write`, then the index commits a row that names the id, then `keep`; a process that dies in between is put
 * right by `recover`. Bodies that are being read outlive their removal.
 */
export interface Bodies {
  /** Receives a body; when the source fails, nothing is left of it. */
  write(source: AsyncIterable<Buffer>): Promise<Staged>;
  keep(id: string): void;
  /** Bytes `start` up to but not including `end`. Hold a pin while reading. */
  read(id: string, start: number, end: number): AsyncIterable<Buffer>;
  /** Keeps these bodies readable until the returned function is called. */
  pin(ids: readonly string[]): () => void;
  /** Forgets bodies, at once or as soon as their last reader is gone. */
  remove(ids: readonly string[]): Promise<void>;
  /** After a start: keeps staged bodies that the index knows, removes the others. */
  recover(isKnown: (id: string) => boolean): void;
}

/** Counts readers, and holds removals back until the last one is gone. */
export class Pins {
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Map<string, () => void>();

  pin(ids: readonly string[]): () => void {
    for (const id of ids) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      for (const id of ids) this.#release(id);
    };
  }

  /** Resolves when nobody reads the body any more. */
  free(id: string): Promise<void> | undefined {
    if (!this.#readers.has(id)) return undefined;
    return new Promise((resolve) => this.#doomed.set(id, resolve));
  }

  #release(id: string): void {
    const left = (this.#readers.get(id) ?? 1) - 1;
    if (left > 0) {
      this.#readers.set(id, left);
      return;
    }
    this.#readers.delete(id);
    this.#doomed.get(id)?.();
    this.#doomed.delete(id);
  }
}
