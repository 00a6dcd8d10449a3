import { Interrupted, Postponed } from "../errors.ts";
import type { Members } from "./members.ts";
import { rateAt, showHours, type RateSchedule } from "./schedule.ts";

export interface RateOptions {
  readonly schedule: RateSchedule;
  /** Who shares the rate; undefined: it is ours alone. */
  readonly members?: Pick<Members, "share" | "onChange">;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly later?: (ms: number, act: () => void) => () => void;
}

interface Taker {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** So much may gather while nothing is taken, in milliseconds of the rate. */
const BURST_MS = 100;
/** How often a share that is nothing now is looked at again. */
const IDLE_MS = 500;

/** A rate in bytes per second that a fleet shares: each of the live workers takes its part, first come, first served. */
export class Rate {
  readonly #options: RateOptions;
  readonly #now: () => number;
  readonly #takers: Taker[] = [];
  /** Bytes that may be taken. */
  #tokens = 0;
  #filledAt: number;
  #perMs = 0;
  #known = { rate: 0, until: -Infinity };
  #cancel: (() => void) | undefined;

  constructor(options: RateOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#filledAt = this.#now();
    options.members?.onChange(() => this.#serve());
  }

  /** Bytes per second that this worker may take now. */
  get share(): number {
    this.#fill();
    return this.#perMs * 1000;
  }

  /** Why nothing may be moved now: these are hours in which the schedule allows nothing. */
  get closed(): Postponed | undefined {
    const { schedule, clock = Date.now } = this.#options;
    return rateAt(schedule, clock()).rate === 0 ? this.#postponed() : undefined;
  }

  /**
   * Resolves when so many bytes may be moved. They are paid for before they move, so that a worker that joins owes nothing. Rejects with `Postponed` in hours
   * in which nothing may be.
   */
  take(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    this.#fill();
    if (this.#perMs === Infinity && this.#takers.length === 0) return undefined;
    if (signal.aborted) return Promise.reject(new Interrupted());
    return new Promise<void>((resolve, reject) => {
      const taker: Taker = {
        bytes,
        resolve: () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
        reject: (error) => {
          signal.removeEventListener("abort", abort);
          reject(error);
        },
      };
      const abort = (): void => {
        this.#takers.splice(this.#takers.indexOf(taker), 1);
        reject(new Interrupted());
        this.#serve();
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#takers.push(taker);
      this.#serve();
    });
  }

  #postponed(): Postponed {
    const hours = showHours(this.#options.schedule);
    return new Postponed("OutsideWindow", "all", `Nothing is copied ${hours}.`);
  }

  #serve(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#fill();
    if (this.#known.rate === 0) {
      for (const taker of this.#takers.splice(0)) taker.reject(this.#postponed());
    }
    for (;;) {
      const taker = this.#takers[0];
      if (taker === undefined) return;
      if (this.#tokens < taker.bytes) {
        this.#wait(taker.bytes - this.#tokens);
        return;
      }
      this.#tokens -= taker.bytes;
      this.#takers.shift();
      taker.resolve();
    }
  }

  #wait(missing: number): void {
    const later = this.#options.later ?? timer;
    const ms = this.#perMs > 0 ? missing / this.#perMs : IDLE_MS;
    // The schedule or the share may change meanwhile.
    this.#cancel = later(Math.min(Math.max(1, Math.ceil(ms)), IDLE_MS), () => {
      this.#cancel = undefined;
      this.#serve();
    });
  }

  #fill(): void {
    const now = this.#now();
    // Bytes gather for whoever waits first, and a little for whoever comes next.
    const most = Math.max(this.#perMs * BURST_MS, this.#takers[0]?.bytes ?? 0);
    const gained = this.#perMs === Infinity ? 0 : (now - this.#filledAt) * this.#perMs;
    this.#tokens = Math.min(most, this.#tokens + gained);
    this.#filledAt = now;
    this.#perMs = this.#allowed(now);
    if (this.#perMs === Infinity) this.#tokens = Infinity;
  }

  #allowed(now: number): number {
    const clock = (this.#options.clock ?? Date.now)();
    if (clock >= this.#known.until) this.#known = rateAt(this.#options.schedule, clock);
    const share = this.#options.members?.share(now) ?? 1;
    if (this.#known.rate === Infinity) return Infinity;
    return (this.#known.rate * share) / 1000;
  }
}

function timer(ms: number, act: () => void): () => void {
  const started = setTimeout(act, ms);
  return () => clearTimeout(started);
}
