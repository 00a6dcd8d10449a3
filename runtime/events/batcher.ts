/** Gathers single items into batches: sent when full, or `waitMs` after the first. Each caller learns how its batch went. */
export class Batcher<T> {
  readonly #send: (batch: readonly T[]) => Promise<void>;
  readonly #size: number;
  readonly #waitMs: number;
  #items: T[] = [];
  #sent = Promise.withResolvers<undefined>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    send: (batch: readonly T[]) => Promise<void>,
    options: { readonly size: number; readonly waitMs: number },
  ) {
    this.#send = send;
    this.#size = options.size;
    this.#waitMs = options.waitMs;
  }

  add(item: T): Promise<void> {
    this.#items.push(item);
    const { promise } = this.#sent;
    if (this.#items.length >= this.#size) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), this.#waitMs);
    return promise;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#items;
    const { resolve, reject } = this.#sent;
    this.#items = [];
    this.#sent = Promise.withResolvers<undefined>();
    this.#send(batch).then(() => resolve(undefined), reject);
  }
}
