/** A body whose length is not known before, or not believed: memory grows with what has come. */
export class Gather {
  readonly #limit: number;
  readonly #fixed: boolean;
  #bytes: Buffer;
  length = 0;

  /** Into a buffer of the caller's, or into one that grows up to `limit` bytes. */
  constructor(into: Buffer | undefined, limit: number) {
    this.#fixed = into !== undefined;
    this.#limit = into?.length ?? limit;
    this.#bytes = into ?? EMPTY;
  }

  /** False when it does not fit; then nothing was taken. */
  add(from: Buffer, start: number, end: number): boolean {
    const length = this.length + end - start;
    if (length > this.#limit) return false;
    if (!this.#fixed && length > this.#bytes.length) this.#grow(length);
    from.copy(this.#bytes, this.length, start, end);
    this.length = length;
    return true;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  #grow(atLeast: number): void {
    const size = Math.min(this.#limit, Math.max(atLeast, 2 * this.#bytes.length, 8 * 1024));
    const larger = Buffer.allocUnsafe(size);
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

export const EMPTY = Buffer.alloc(0);
