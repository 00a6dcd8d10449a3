import { Interrupted } from "../errors.ts";

/** So many things at once: whoever starts one more waits until another ends. The first that fails is thrown to all who wait, and nothing more starts. */
export class Slots {
  readonly #most: () => number;
  readonly #signal: AbortSignal;
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #failure: { readonly error: unknown } | undefined;
  readonly #idle: (() => void)[] = [];

  /** @param most may change while things run: it is asked whenever one begins or ends */
  constructor(most: number | (() => number), signal: AbortSignal) {
    this.#most = typeof most === "number" ? () => most : most;
    this.#signal = signal;
  }

  get busy(): number {
    return this.#busy;
  }

  /** Resolves when it has started; undefined: it has. */
  start(work: () => Promise<void>): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#busy < this.#most()) {
      this.#check();
      this.#busy += 1;
      this.#run(work);
      return undefined;
    }
    return this.#startLater(work);
  }

  /** Resolves when nothing runs any more; throws what failed. */
  async done(): Promise<void> {
    while (this.#busy > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    this.#check();
  }

  async #startLater(work: () => Promise<void>): Promise<void> {
    // Whoever ends lets it in.
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      this.#check();
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#run(work);
  }

  #run(work: () => Promise<void>): void {
    work().then(
      () => this.#end(),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#end();
      },
    );
  }

  #end(): void {
    this.#busy -= 1;
    const most = Math.max(1, this.#waiting.length > 0 ? this.#most() : 0);
    while (this.#busy < most) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#busy += 1;
      next();
    }
    if (this.#busy > 0) return;
    for (const wake of this.#idle.splice(0)) wake();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#signal.aborted) throw new Interrupted();
  }
}
