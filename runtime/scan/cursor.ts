/** How long the pages of one side's listings are, in items: a shorter one is likely the last of its range. */
export interface PageSize {
  longest: number;
}

/** Goes through a listing page by page. The listing itself fetches the next page while one is read: more would only cost memory. */
export class Cursor<T> {
  readonly #pages: AsyncIterator<readonly T[]>;
  readonly #textOf: (item: T) => string;
  readonly #size: PageSize;
  #coming: Promise<IteratorResult<readonly T[]>> | undefined;
  #page: readonly T[] = [];
  #closed: Promise<void> | undefined;
  #reached: string | undefined;
  #last = false;
  #ended = false;
  /** Index in the page of what comes next; whoever reads the page moves it. */
  at = 0;
  /** Time spent waiting for pages, in milliseconds. */
  waitedMs = 0;

  constructor(
    pages: AsyncIterable<readonly T[]>,
    textOf: (item: T) => string,
    size: PageSize = { longest: 0 },
  ) {
    this.#pages = pages[Symbol.asyncIterator]();
    this.#textOf = textOf;
    this.#size = size;
    // Begins to fetch the first page; whoever reads hears of its failure.
    this.#coming = this.#pages.next();
    this.#coming.catch(() => undefined);
  }

  get page(): readonly T[] {
    return this.#page;
  }

  /** Nothing is left in the page, and no page will come. */
  get ended(): boolean {
    return this.#ended && this.at >= this.#page.length;
  }

  /** Surely or likely, no page is left to fetch. */
  get fetched(): boolean {
    return this.#ended || this.#last;
  }

  /** The last item that has come, read or not. */
  get reached(): string | undefined {
    return this.#reached;
  }

  /** Makes sure that there is something to read, or that the listing has ended. */
  async fill(): Promise<void> {
    while (this.at >= this.#page.length && !this.#ended) {
      const coming = this.#coming ?? this.#pages.next();
      this.#coming = undefined;
      const began = performance.now();
      const result = await coming;
      this.waitedMs += performance.now() - began;
      this.at = 0;
      if (result.done === true) {
        this.#ended = true;
        this.#page = [];
      } else this.#take(result.value);
    }
  }

  /** Keeps so many items of the page, and wants no further page. */
  close(keep: number): void {
    this.#page = this.#page.slice(0, keep);
    this.#ended = true;
    this.#closed ??= this.#close();
  }

  /** Wants nothing more. Resolves when the listing has ended; never rejects. */
  async end(): Promise<void> {
    this.close(0);
    await this.#closed;
  }

  #take(page: readonly T[]): void {
    this.#page = page;
    this.#last = page.length < this.#size.longest;
    this.#size.longest = Math.max(this.#size.longest, page.length);
    const last = page.at(-1);
    if (last !== undefined) this.#reached = this.#textOf(last);
  }

  async #close(): Promise<void> {
    try {
      await this.#coming;
      await this.#pages.return?.();
    } catch {
      // Nobody waits for it any more.
    }
  }
}
