import { hashOf } from "./hash.ts";

/** Those keys (on their targets) whose hash ends in certain bits: what is too much to hold at once is gone through part by part. */
export class Part {
  readonly #mask: number;
  readonly #bits: number;

  private constructor(mask: number, bits: number) {
    this.#mask = mask;
    this.#bits = bits;
  }

  static readonly whole = new Part(0, 0);

  halves(): [Part, Part] {
    const mask = ((this.#mask << 1) | 1) >>> 0;
    return [new Part(mask, this.#bits), new Part(mask, (this.#bits | (mask ^ this.#mask)) >>> 0)];
  }

  has(target: string, key: string): boolean {
    return this.#mask === 0 || this.hasHash(hashOf(target, key)[0]);
  }

  /** The first half of `hashOf`. */
  hasHash(hash: number): boolean {
    return (hash & this.#mask) >>> 0 === this.#bits;
  }
}
