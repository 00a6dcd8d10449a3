const FIRST = 16 * 1024;

/** Lines that become one file, as bytes at once: strings that live until the file is written would be copied by the collector again and again. */
export class Gathering {
  entries = 0;
  length = 0;
  readonly durable = Promise.withResolvers<undefined>();
  /** Resolves when the lines are durable or lost. */
  readonly ended: Promise<void>;
  #bytes: Buffer;

  /** In a buffer that another no longer needs, if there is one. */
  constructor(buffer: Buffer = Buffer.allocUnsafeSlow(FIRST)) {
    this.#bytes = buffer;
    this.ended = this.durable.promise.then(
      () => undefined,
      () => undefined,
    );
  }

  add(lines: string, entries: number): void {
    // A UTF-16 unit becomes three bytes at most.
    const most = this.length + 3 * lines.length;
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(most, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    this.length += this.#bytes.write(lines, this.length);
    this.entries += entries;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** The buffer, once the lines are compressed. */
  leave(): Buffer {
    const bytes = this.#bytes;
    this.#bytes = Buffer.alloc(0);
    return bytes;
  }
}
