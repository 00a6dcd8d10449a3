/**
 * One lane per key: what concerns a key happens one after the other, and hints that come while a look is under way share the next one.
 * A hint is only ever answered by a look that began after it came, so nothing it announced is missed.
 */
export class Lanes<H, R> {
  readonly #look: (key: string, hints: readonly [H, ...H[]]) => Promise<R>;
  readonly #lanes = new Map<string, Next<H, R> | undefined>();

  constructor(look: (key: string, hints: readonly [H, ...H[]]) => Promise<R>) {
    this.#look = look;
  }

  /** True when a look at the key is under way: a hint would wait for it. */
  busy(key: string): boolean {
    return this.#lanes.has(key);
  }

  run(key: string, hint: H): Promise<R> {
    if (!this.#lanes.has(key)) {
      this.#lanes.set(key, undefined);
      return this.#start(key, [hint]);
    }
    const waiting = this.#lanes.get(key);
    if (waiting !== undefined) {
      waiting.hints.push(hint);
      return waiting.result;
    }
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    this.#lanes.set(key, { hints: [hint], result: promise, resolve, reject });
    return promise;
  }

  async #start(key: string, hints: [H, ...H[]]): Promise<R> {
    try {
      return await this.#look(key, hints);
    } finally {
      this.#advance(key);
    }
  }

  #advance(key: string): void {
    const next = this.#lanes.get(key);
    if (next === undefined) {
      this.#lanes.delete(key);
      return;
    }
    this.#lanes.set(key, undefined);
    this.#start(key, next.hints).then(next.resolve, next.reject);
  }
}

interface Next<H, R> {
  readonly hints: [H, ...H[]];
  readonly result: Promise<R>;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}
