import { Interrupted } from "../errors.ts";

/** One who waits for a permit; a link of the queue. */
interface Waiter {
  readonly watch: Watch;
  readonly resolve: (value: undefined) => void;
  readonly reject: (error: Error) => void;
  next: Waiter | undefined;
  gone: boolean;
}

/** One listener per signal, however many wait under it. */
interface Watch {
  readonly signal: AbortSignal;
  readonly listener: () => void;
  waiting: number;
}

/** Permits for what may be in flight at once: first come, first served. The number may change while they are out. */
export class Permits {
  #limit: number;
  #inFlight = 0;
  #waiting = 0;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  readonly #watches = new Map<AbortSignal, Watch>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
    this.#admit();
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Takes a permit at once, or says that one must wait. */
  tryEnter(): boolean {
    if (this.#inFlight >= this.#limit || this.#waiting > 0) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Resolves when a permit is ours; `Interrupted` when the signal ends the wait. */
  enter(signal: AbortSignal): Promise<undefined> {
    if (signal.aborted) return Promise.reject(new Interrupted());
    return new Promise<undefined>((resolve, reject) => {
      const watch = this.#watch(signal);
      watch.waiting += 1;
      const waiter: Waiter = { watch, resolve, reject, next: undefined, gone: false };
      if (this.#last === undefined) this.#first = waiter;
      else this.#last.next = waiter;
      this.#last = waiter;
      this.#waiting += 1;
    });
  }

  leave(): void {
    this.#inFlight -= 1;
    if (this.#waiting > 0) this.#admit();
  }

  #admit(): void {
    while (this.#inFlight < this.#limit) {
      const waiter = this.#next();
      if (waiter === undefined) return;
      this.#inFlight += 1;
      this.#unwatch(waiter);
      waiter.resolve(undefined);
    }
  }

  /** The first who still waits, out of the queue. */
  #next(): Waiter | undefined {
    for (;;) {
      const waiter = this.#first;
      if (waiter === undefined) return undefined;
      this.#first = waiter.next;
      if (this.#first === undefined) this.#last = undefined;
      if (!waiter.gone) return waiter;
    }
  }

  #watch(signal: AbortSignal): Watch {
    const known = this.#watches.get(signal);
    if (known !== undefined) return known;
    const listener = (): void => this.#abort(signal);
    const watch: Watch = { signal, listener, waiting: 0 };
    this.#watches.set(signal, watch);
    signal.addEventListener("abort", listener, { once: true });
    return watch;
  }

  #unwatch(waiter: Waiter): void {
    const { watch } = waiter;
    this.#waiting -= 1;
    watch.waiting -= 1;
    if (watch.waiting > 0) return;
    this.#watches.delete(watch.signal);
    watch.signal.removeEventListener("abort", watch.listener);
  }

  #abort(signal: AbortSignal): void {
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.next) {
      if (waiter.watch.signal !== signal || waiter.gone) continue;
      waiter.gone = true;
      this.#unwatch(waiter);
      waiter.reject(new Interrupted());
    }
  }
}
