import { CloudError, Postponed } from "../errors.ts";
import { wait } from "../http/attempts.ts";
import type { ScanObjects } from "../scan/fleet/objects.ts";
import { findJson, toBytes, type Held } from "../scan/fleet/state.ts";
import { showDollars } from "./estimate.ts";

/** What the workers of a pipeline have taken of a month's budget, in dollars: one small object, written on condition. */
export interface BudgetBook {
  readonly v: 1;
  /** `2026-11`, UTC. */
  readonly month: string;
  /** By workers that have ended. */
  readonly spent: number;
  /** What each of the others may spend. Of a worker that died all of it counts as spent. */
  readonly granted: Readonly<Record<string, number>>;
}

export interface FleetBudgetOptions {
  /** Dollars for a calendar month, UTC. */
  readonly limit: number;
  readonly worker: string;
  readonly store: Pick<ScanObjects, "find" | "replace">;
  /** What this worker has cost since it began, requests that failed and listings included. */
  readonly spent: () => number;
  /** Ends the worker's part. */
  readonly signal: AbortSignal;
  /** Told of each attempt to reach the book that failed. */
  readonly onTrouble: (error: unknown) => void;
  readonly now?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** A worker takes so much more than it needs, so that the book is written a thousand times a month, not for each object. */
const SPARE = 1 / 1000;
/** Less than this is left: the budget counts as spent. */
const DREGS = 1 / 100;
/** So many objects in a row that do not fit: looking at more of them would only cost. */
const MOST_MISFITS = 32;
const LOOK_MS = 60_000;
const TRIES = 20;
const PAUSE_MS = 50;

/**
 * A budget that workers share without a server. Each has the book grant it a part before it spends it, so the sum of what all may spend never exceeds the limit,
 * whoever crashes or comes in between; whoever ends gives the rest back. What looking and listing cost is booked as it happens.
 */
export class FleetBudget {
  readonly #options: FleetBudgetOptions;
  #month: string;
  /** What had been spent when the month began. */
  #before: number;
  #granted = 0;
  #reserved = 0;
  #misfits = 0;
  /** Of the object that did not fit last. */
  #wanted = 0;
  #hold: Postponed | undefined;
  #asking: Promise<unknown> = Promise.resolve();

  constructor(options: FleetBudgetOptions) {
    this.#options = options;
    this.#month = this.#thisMonth();
    this.#before = options.spent();
  }

  /** Why nothing more is to be taken up. */
  get hold(): Postponed | undefined {
    this.#turnMonth();
    return this.#hold;
  }

  /** Sets dollars aside; resolves to what gives them back, called when what they were for has ended. Rejects with `Postponed` when they are not left. */
  async take(cost: number, signal: AbortSignal): Promise<() => void> {
    if (this.hold !== undefined) throw this.hold;
    if (this.#fits(cost)) this.#reserved += cost;
    else {
      const asked = this.#asking.then(() => this.#ask(cost, signal));
      this.#asking = asked.catch(() => undefined);
      await asked;
    }
    let open = true;
    return () => {
      if (open) this.#reserved -= cost;
      open = false;
    };
  }

  /** Books what was spent unasked, and looks whether there is more, until the signal ends it; then gives back what is left. */
  async run(): Promise<void> {
    const { signal, onTrouble, sleep = wait } = this.#options;
    for (;;) {
      await sleep(LOOK_MS, signal).catch(() => undefined);
      if (signal.aborted) break;
      await this.#settle().catch(onTrouble);
    }
    await this.#leave(AbortSignal.timeout(3_000)).catch(onTrouble);
  }

  #fits(cost: number): boolean {
    return this.#committed() + cost <= this.#granted;
  }

  /** Spent or set aside this month, by this worker. */
  #committed(): number {
    return this.#options.spent() - this.#before + this.#reserved;
  }

  /** Sets aside what is there by now, or has the book grant what is missing. One at a time. */
  async #ask(cost: number, signal: AbortSignal): Promise<void> {
    const { limit } = this.#options;
    if (!this.#fits(cost)) {
      await this.#change(signal, (book, own) => {
        const free = limit - totalOf(book);
        // Below nothing where looking and listing cost more than was granted.
        const left = free + own - this.#committed();
        if (cost > left) throw this.#misfit(cost, left);
        return own + Math.min(free, this.#committed() + cost - own + limit * SPARE);
      });
    }
    this.#reserved += cost;
    this.#misfits = 0;
  }

  #misfit(cost: number, left: number): Postponed {
    const { limit } = this.#options;
    this.#misfits += 1;
    this.#wanted = cost;
    const over = left < limit * DREGS || this.#misfits >= MOST_MISFITS;
    const postponed = new Postponed(
      "BudgetExceeded",
      over ? "all" : "one",
      `${this.#month} may cost ${showDollars(limit)}: ${showDollars(limit - left)} of it is spent or set aside, and this object would cost about ${showDollars(cost)}. ` +
        `It waits until ${nextMonth(this.#month)}, or until limits.budgetUsd is raised.`,
    );
    if (over) this.#hold = postponed;
    return postponed;
  }

  async #settle(): Promise<void> {
    const { limit, signal } = this.#options;
    this.#turnMonth();
    if (this.#committed() > this.#granted) {
      await this.#change(signal, (_book, own) => Math.max(own, this.#committed()));
    }
    if (this.#hold === undefined) return;
    const free = limit - totalOf((await this.#read(signal)).book);
    if (free < Math.max(limit * DREGS, this.#wanted)) return;
    this.#hold = undefined;
    this.#misfits = 0;
  }

  #leave(signal: AbortSignal): Promise<void> {
    const { worker } = this.#options;
    return this.#write(signal, (book) => {
      const { [worker]: own, ...granted } = book.granted;
      if (own === undefined) return undefined;
      return { ...book, spent: book.spent + this.#committed(), granted };
    });
  }

  async #change(
    signal: AbortSignal,
    grant: (book: BudgetBook, own: number) => number,
  ): Promise<void> {
    const { worker } = this.#options;
    let granted = 0;
    await this.#write(signal, (book) => {
      granted = grant(book, book.granted[worker] ?? 0);
      return { ...book, granted: { ...book.granted, [worker]: granted } };
    });
    this.#granted = granted;
  }

  /** On condition, again and again: others write too. */
  async #write(
    signal: AbortSignal,
    next: (book: BudgetBook) => BudgetBook | undefined,
  ): Promise<void> {
    const { store, sleep = wait } = this.#options;
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const { book, held } = await this.#read(signal);
      const wanted = next(book);
      if (wanted === undefined) return;
      const name = bookName(book.month);
      if ((await store.replace(name, toBytes(wanted), held?.found, signal)) !== undefined) return;
      await sleep(Math.random() * PAUSE_MS * attempt, signal);
    }
    throw contended(bookName(this.#month));
  }

  async #read(
    signal: AbortSignal,
  ): Promise<{ book: BudgetBook; held: Held<BudgetBook> | undefined }> {
    const held = await findJson<BudgetBook>(this.#options.store, bookName(this.#month), signal);
    return { book: held?.value ?? { v: 1, month: this.#month, spent: 0, granted: {} }, held };
  }

  /** A new month has a new book; what is under way is paid from it. */
  #turnMonth(): void {
    const month = this.#thisMonth();
    if (month === this.#month) return;
    this.#month = month;
    this.#before = this.#options.spent();
    this.#granted = 0;
    this.#misfits = 0;
    this.#hold = undefined;
  }

  #thisMonth(): string {
    const { now = Date.now } = this.#options;
    return new Date(now()).toISOString().slice(0, 7);
  }
}

export function bookName(month: string): string {
  return `budget/${month}.json`;
}

function totalOf({ spent, granted }: BudgetBook): number {
  return Object.values(granted).reduce((sum, one) => sum + one, spent);
}

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number)).toISOString().slice(0, 10);
}

function contended(subject: string): CloudError {
  return new CloudError({
    service: "s3",
    action: "s3:PutObject",
    subject,
    code: "OperationAborted",
    status: 409,
    said: "other workers have written it each time",
  });
}
