/** How much of a body is handed to the socket at once, in bytes. */
export const SLICE = 512 * 1024;

/** A long body in slices, none of them copied. */
export class Outgoing {
  readonly #body: readonly Buffer[];
  #index = 0;
  #at = 0;

  constructor(body: readonly Buffer[]) {
    this.#body = body;
  }

  /** Undefined at the end. */
  next(): Buffer | undefined {
    for (;;) {
      const bytes = this.#body[this.#index];
      if (bytes === undefined) return undefined;
      if (this.#at < bytes.length) {
        const slice = bytes.subarray(this.#at, this.#at + SLICE);
        this.#at += slice.length;
        return slice;
      }
      this.#index += 1;
      this.#at = 0;
    }
  }
}
