import { Interrupted } from "../errors.ts";

/** Gives a permit back; calling it again does nothing. */
export type Release = () => void;

/**
 * A fixed amount of something (requests in flight, bytes of buffers), handed out first come, first served. Invariant: what is out never
 * exceeds the amount, but for one taker that alone wants more than there is and gets it all.
 */
export class Budget {
  readonly #amount: number;
  #free: number;
  readonly #waiting: { readonly share: number; readonly grant: () => void }[] = [];

  constructor(amount: number) {
    this.#amount = amount;
    this.#free = amount;
  }

  get free(): number {
    return this.#free;
  }

  async take(wanted: number, signal: AbortSignal): Promise<Release> {
    if (signal.aborted) throw new Interrupted();
    const share = Math.min(wanted, this.#amount);
    if (this.#waiting.length > 0 || this.#free < share) await this.#turn(share, signal);
    else this.#free -= share;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#free += share;
      this.#grant();
    };
  }

  #turn(share: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const entry = {
        share,
        grant: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        this.#grant();
        reject(new Interrupted());
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(entry);
    });
  }

  #grant(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#free < next.share) return;
      this.#waiting.shift();
      this.#free -= next.share;
      next.grant();
    }
  }
}
