import { setTimeout as delay } from "node:timers/promises";

/** The Postgres channel on which the triggers of migration 0007 tell what has changed. */
export const channel = "causeway";

/** How long a watch waits at most: while the database tells of changes, as a safety; while it does not, instead. */
const fallbackMs = { told: 5_000, silent: 300 };

/** Hears from the database what has changed, and wakes those who wait for it. */
export class Changes {
  readonly #watches = new Map<string, Set<ChangeWatch>>();
  #told = false;

  /** Whether the database tells at present. Everybody looks again when that changes: something may have been missed. */
  set told(told: boolean) {
    this.#told = told;
    for (const watches of this.#watches.values()) for (const watch of watches) watch.heard();
  }

  get waitAtMostMs(): number {
    return this.#told ? fallbackMs.told : fallbackMs.silent;
  }

  heard(topic: string): void {
    for (const watch of this.#watches.get(topic) ?? []) watch.heard();
  }

  /** Watches `operation:ID` or `run:ID` until it is disposed of; begin it before the first look, so that nothing falls between. */
  watch(topic: string): ChangeWatch {
    const watches = this.#watches.get(topic) ?? new Set();
    this.#watches.set(topic, watches);
    const watch = new ChangeWatch(this, () => {
      watches.delete(watch);
      if (watches.size === 0) this.#watches.delete(topic);
    });
    watches.add(watch);
    return watch;
  }
}

export class ChangeWatch implements Disposable {
  readonly #changes: Changes;
  readonly #leave: () => void;
  #pending = false;
  #wake: () => void = () => undefined;

  constructor(changes: Changes, leave: () => void) {
    this.#changes = changes;
    this.#leave = leave;
  }

  heard(): void {
    this.#pending = true;
    this.#wake();
  }

  /** Resolves when something has changed since the last time, when it is time to look anyway, or when `signal` aborts. */
  async changed(signal: AbortSignal): Promise<void> {
    if (!this.#pending && !signal.aborted) {
      const late = new AbortController();
      const heard = new Promise<void>((resolve) => (this.#wake = resolve));
      const over = AbortSignal.any([signal, late.signal]);
      await Promise.race([
        heard,
        delay(this.#changes.waitAtMostMs, undefined, { signal: over }).catch(() => undefined),
      ]);
      late.abort();
    }
    this.#pending = false;
  }

  [Symbol.dispose](): void {
    this.#leave();
  }
}
