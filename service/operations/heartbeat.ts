import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { LeaseLost, renew, type Held } from "../db/leases.ts";
import type { Executor, Interruption } from "./execute.ts";

const mostBetweenMs = 5_000;

/**
 * Prolongs the lease while an operation runs, and hears of a cancellation. When the lease is lost, or cannot be prolonged until it is
 * over, the child is stopped: somebody else may be working on the stack by then.
 */
export class Heartbeat {
  readonly #executor: Pick<Executor, "db" | "settings">;
  readonly #held: Held;
  readonly #stop: AbortController;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  /** By the clock that nobody sets, and by the one that goes on while the machine sleeps. */
  #goodUntil: { steady: number; wall: number };

  constructor(
    executor: Pick<Executor, "db" | "settings">,
    held: Held,
    stop: AbortController,
    log: Logger,
  ) {
    this.#executor = executor;
    this.#held = held;
    this.#stop = stop;
    this.#log = log;
    this.#goodUntil = this.#from(performance.now(), Date.now());
    const everyMs = Math.min(executor.settings.leaseMs / 3, mostBetweenMs);
    this.#timer = setInterval(() => void this.beat(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whether nobody else can have the operation. */
  get good(): boolean {
    return performance.now() < this.#goodUntil.steady && Date.now() < this.#goodUntil.wall;
  }

  async beat(): Promise<void> {
    const { db, settings } = this.#executor;
    const [steady, wall] = [performance.now(), Date.now()];
    try {
      const lease = await renew(db, this.#held, settings.leaseMs);
      if (lease === undefined) {
        this.#abort("fenced");
        return;
      }
      this.#goodUntil = this.#from(steady, wall);
      if (lease.cancelRequested) this.#abort("cancel");
    } catch (error) {
      this.#log.warn({ err: error }, "the lease was not prolonged");
      if (!this.good) this.#abort("fenced");
    }
  }

  /** Does what writes to the database, again and again while the lease is good: a database that is away for a while loses nothing. */
  async persist<T>(write: () => Promise<T>): Promise<T> {
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 2_000)) {
      try {
        return await write();
      } catch (error) {
        if (!this.good || error instanceof LeaseLost) throw error;
        this.#log.warn({ err: error }, "the database did not take it; tried again");
        await delay(waitMs);
      }
    }
  }

  #from(steady: number, wall: number): { steady: number; wall: number } {
    const { leaseMs } = this.#executor.settings;
    return { steady: steady + leaseMs, wall: wall + leaseMs };
  }

  #abort(why: Interruption): void {
    if (!this.#stop.signal.aborted) this.#stop.abort(why);
  }
}
