/**
 * Goes through a listing page by page, and has the next page fetched while the present one is read. A listing that fails throws at the page
 * where it failed, not before.
 */
export class Cursor<T> {
  readonly #pages: AsyncIterator<readonly T[]>;
  readonly #textOf: (item: T) => string;
  #coming: Promise<IteratorResult<readonly T[]>> | undefined;
  #page: readonly T[] = [];
  #ended = false;
  #closed: Promise<void> | undefined;
  #reached: string | undefined;
  /** Index in the page of what comes next; whoever reads the page moves it. */
  at = 0;
  /** Time spent waiting for pages, in milliseconds. */
  waitedMs = 0;
  pages = 0;

  constructor(pages: AsyncIterable<readonly T[]>, textOf: (item: T) => string) {
    this.#pages = pages[Symbol.asyncIterator]();
    this.#textOf = textOf;
    this.#fetch();
  }

  get page(): readonly T[] {
    return this.#page;
  }

  /** Nothing is left in the page, and no page will come. */
  get ended(): boolean {
    return this.#ended && this.at >= this.#page.length;
  }

  /** No page is left to fetch. */
  get fetched(): boolean {
    return this.#ended;
  }

  /** The last item that has been fetched, read or not. */
  get reached(): string | undefined {
    return this.#reached;
  }

  /** Makes sure that there is something to read, or that the listing has ended. */
  async fill(): Promise<void> {
    while (this.at >= this.#page.length && this.#coming !== undefined) {
      const began = performance.now();
      const result = await this.#coming;
      this.waitedMs += performance.now() - began;
      if (result.done === true) {
        this.#coming = undefined;
        this.#page = [];
      } else {
        this.#page = result.value;
        this.pages += 1;
        this.#fetch();
      }
      this.at = 0;
    }
  }

  /** Keeps so many items of the page, and wants no further page. */
  close(keep: number): void {
    this.#page = this.#page.slice(0, keep);
    this.#ended = true;
    const coming = this.#coming;
    this.#coming = undefined;
    this.#closed ??= this.#close(coming);
  }

  /** Wants nothing more. Resolves when the listing has ended; never rejects. */
  async end(): Promise<void> {
    this.close(0);
    await this.#closed;
  }

  async #close(coming: Promise<unknown> | undefined): Promise<void> {
    try {
      await coming;
      await this.#pages.return?.();
    } catch {
      // Nobody waits for it any more.
    }
  }

  #fetch(): void {
    this.#coming = this.#pages.next();
    this.#coming.then(
      (result) => {
        if (result.done === true) {
          this.#ended = true;
          return;
        }
        const last = result.value.at(-1);
        if (last !== undefined) this.#reached = this.#textOf(last);
      },
      // Whoever reads on hears of it.
      () => undefined,
    );
  }
}
