import { Interrupted } from "../errors.ts";

/** What waits for its turn. */
interface Later {
  readonly work: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So many things at once: whoever starts one more waits until another ends. The first that fails is thrown to all who wait, and nothing more starts. */
export class Slots {
  readonly #most: () => number;
  readonly #signal: AbortSignal;
  readonly #waiting: Later[] = [];
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
    // Whoever ends lets it in.
    return new Promise((resolve, reject) => this.#waiting.push({ work, resolve, reject }));
  }

  /** Resolves when nothing runs any more; throws what failed. */
  async done(): Promise<void> {
    while (this.#busy > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    this.#check();
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
      this.#begin(next);
    }
    if (this.#busy > 0) return;
    for (const wake of this.#idle.splice(0)) wake();
  }

  #begin({ work, resolve, reject }: Later): void {
    try {
      this.#check();
    } catch (error) {
      reject(error);
      return;
    }
    this.#busy += 1;
    this.#run(work);
    resolve();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#signal.aborted) throw new Interrupted();
  }
}
