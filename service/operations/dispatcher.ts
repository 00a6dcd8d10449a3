import { setTimeout as delay } from "node:timers/promises";
import { announce, leave } from "../db/instances.ts";
import { claimNext } from "../db/leases.ts";
import { execute, type Executor } from "./execute.ts";
import { recover } from "./recover.ts";
import { sweepWorkFolders } from "./work-folders.ts";

/** How often the queue is looked at when nobody says that there is something: for other services on the same database. */
const lookEveryMs = 2_000;
const recoverEveryMs = 10_000;
const announceEveryMs = 10_000;

export interface DispatcherOptions {
  /** Tenants that may have no more operations at once. */
  resting?: () => Promise<readonly string[]>;
}

/** Takes queued operations as lanes and the limit allow, and has each carried out. */
export class Dispatcher {
  readonly #executor: Executor;
  readonly #resting: () => Promise<readonly string[]>;
  readonly #running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  #timers: NodeJS.Timeout[] = [];
  #stopping = false;
  #claiming: Promise<void> = Promise.resolve();
  #claimWanted = false;
  #recovering: Promise<void> = Promise.resolve();

  constructor(executor: Executor, options: DispatcherOptions = {}) {
    this.#executor = executor;
    this.#resting = options.resting ?? (() => Promise.resolve([]));
  }

  /** Recovers what a dead service left and takes work, until it is stopped. */
  start(): void {
    const recover = (): void => {
      this.#recovering = this.#recovering.then(() => this.#recover());
    };
    const announce = (): void => void this.#announce();
    recover();
    announce();
    this.#timers = [
      setInterval(() => this.nudge(), lookEveryMs),
      setInterval(recover, recoverEveryMs),
      setInterval(announce, announceEveryMs),
    ];
    this.nudge();
  }

  /** Says that there may be something to do: after a commit that queued or cancelled an operation. */
  nudge(): void {
    if (this.#claimWanted) return;
    this.#claimWanted = true;
    this.#claiming = this.#claiming.then(() => {
      this.#claimWanted = false;
      return this.#claim();
    });
  }

  /** Interrupts an operation of this process at once; of another process, its heartbeat hears of it. */
  cancel(operationId: string): void {
    this.#running.get(operationId)?.stop.abort("cancel");
  }

  get underWay(): number {
    return this.#running.size;
  }

  /** Takes no more work, waits for what is under way, then interrupts it; resolves when no child is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([this.#claiming, this.#recovering]);
    const all = Promise.all([...this.#running.values()].map(({ done }) => done));
    const late = new AbortController();
    await Promise.race([
      all,
      delay(this.#executor.settings.drainMs, undefined, { signal: late.signal }).catch(
        () => undefined,
      ),
    ]);
    late.abort();
    for (const { stop } of this.#running.values()) {
      if (!stop.signal.aborted) stop.abort("shutdown");
    }
    await all;
    const { db, settings } = this.#executor;
    await leave(db, settings.instance).catch(() => undefined);
  }

  async #claim(): Promise<void> {
    const { db, settings, log } = this.#executor;
    try {
      while (!this.#stopping && this.#running.size < settings.operationsAtOnce) {
        const resting = await this.#resting();
        const operation = await claimNext(db, settings.instance, settings.leaseMs, resting);
        if (operation === undefined) return;
        const stop = new AbortController();
        const done = execute(this.#executor, operation, stop).finally(() => {
          this.#running.delete(operation.id);
          this.nudge();
        });
        this.#running.set(operation.id, { stop, done });
      }
    } catch (error) {
      // Tried again at the next look.
      log.error({ err: error }, "no operation could be claimed");
    }
  }

  async #recover(): Promise<void> {
    if (this.#stopping) return;
    try {
      const count = await recover(this.#executor, {
        own: new Set(this.#running.keys()),
        stopping: () => this.#stopping,
      });
      if (count > 0) this.nudge();
      await sweepWorkFolders(this.#executor.db, this.#executor.settings);
    } catch (error) {
      this.#executor.log.error(
        { err: error },
        "operations of dead services could not be recovered",
      );
    }
  }

  async #announce(): Promise<void> {
    const { db, settings, log } = this.#executor;
    try {
      await announce(db, settings.instance, settings.operationsAtOnce);
    } catch (error) {
      log.warn({ err: error }, "this service could not say that it is there");
    }
  }
}
