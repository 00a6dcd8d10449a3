import { Interrupted } from "../errors.ts";

const KiB = 1024;
/** Smaller buffers are not worth a class of their own. */
const SMALLEST = 16 * KiB;

/**
 * The buffers that bodies pass through, used again and again: what is allocated never exceeds the budget, but for one taker that alone wants
 * more than there is. Sizes are rounded up to a power of two (or three quarters of one), so that buffers fit the next taker.
 *
 * First come, first served: whoever waits for a large buffer is not overtaken by small ones for ever.
 */
export class Buffers {
  readonly #budget: number;
  readonly #idle = new Map<number, Buffer[]>();
  readonly #waiting: Waiting[] = [];
  /** Bytes of all buffers, idle ones too. */
  #allocated = 0;
  /** Bytes of buffers that are out. */
  #out = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  get budget(): number {
    return this.#budget;
  }

  /** Bytes of buffers that are out. */
  get out(): number {
    return this.#out;
  }

  get allocated(): number {
    return this.#allocated;
  }

  /** A buffer of at least `size` bytes, which the taker must give back; undefined when it must be waited for. */
  tryTake(size: number): Buffer | undefined {
    return this.#waiting.length === 0 ? this.#grab(classOf(size)) : undefined;
  }

  /** As `tryTake`, waiting its turn. Throws `Interrupted` when the signal ends the wait. */
  take(size: number, signal: AbortSignal): Promise<Buffer> {
    if (signal.aborted) return Promise.reject(new Interrupted());
    const buffer = this.tryTake(size);
    if (buffer !== undefined) return Promise.resolve(buffer);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new Interrupted());
        this.#serve();
      };
      const waiting: Waiting = {
        size: classOf(size),
        grant: (granted) => {
          signal.removeEventListener("abort", leave);
          resolve(granted);
        },
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  /** Takes back what `take` gave: the very buffer, not a part of it. No request may still use it. */
  give(buffer: Buffer): void {
    this.#out -= buffer.length;
    const idle = this.#idle.get(buffer.length);
    if (idle === undefined) this.#idle.set(buffer.length, [buffer]);
    else idle.push(buffer);
    this.#serve();
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const buffer = this.#grab(next.size);
      if (buffer === undefined) return;
      this.#waiting.shift();
      next.grant(buffer);
    }
  }

  #grab(size: number): Buffer | undefined {
    const idle = this.#idle.get(size)?.pop();
    if (idle !== undefined) {
      this.#out += size;
      return idle;
    }
    if (this.#out > 0 && this.#out + size > this.#budget) return undefined;
    if (this.#allocated + size > this.#budget) this.#dropIdle(size);
    this.#allocated += size;
    this.#out += size;
    return Buffer.allocUnsafeSlow(size);
  }

  /** Lets go of idle buffers of other sizes until one more of this size fits. */
  #dropIdle(size: number): void {
    for (const buffers of this.#idle.values()) {
      while (buffers.length > 0 && this.#allocated + size > this.#budget) {
        this.#allocated -= buffers.pop()?.length ?? 0;
      }
    }
  }
}

interface Waiting {
  readonly size: number;
  readonly grant: (buffer: Buffer) => void;
}

/** The next power of two, or three quarters of it. */
function classOf(size: number): number {
  if (size <= SMALLEST) return SMALLEST;
  const power = 2 ** Math.ceil(Math.log2(size));
  return size <= power * 0.75 ? power * 0.75 : power;
}
