import { setTimeout as delay } from "node:timers/promises";
import { sql } from "kysely";
import type { Db } from "../db/database.ts";
import { announce, leave } from "../db/instances.ts";
import { claimNext } from "../db/leases.ts";
import type { OperationRow } from "../db/operations.ts";
import { tenantsAtTheirLimit } from "../governance/quotas.ts";
import type { Settings } from "../settings.ts";
import { execute, type Executor } from "./execute.ts";
import { recover } from "./recover.ts";
import { sweepWorkFolders } from "./work-folders.ts";

/** How often the queue is looked at when nobody says that there is something: for other services on the same database. */
const lookEveryMs = 2_000;
const recoverEveryMs = 10_000;
const announceEveryMs = 10_000;

/** Takes queued operations as lanes and the limit allow, and has each carried out. */
export class Dispatcher {
  readonly #executor: Executor;
  readonly #running = new Map<string, { stop: AbortController; done: Promise<void> }>();
  #timers: NodeJS.Timeout[] = [];
  #stopping = false;
  #claiming: Promise<void> = Promise.resolve();
  #claimWanted = false;
  #recovering: Promise<void> = Promise.resolve();
  #lookedAt = Date.now();

  constructor(executor: Executor) {
    this.#executor = executor;
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

  /** When the queue could last be looked at; readiness tells a dispatcher that is stuck by it. */
  get lookedAt(): number {
    return this.#lookedAt;
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
        const operation = await claim(db, settings);
        this.#lookedAt = Date.now();
        if (operation === undefined) return;
        const stop = new AbortController();
        const done = execute(this.#executor, operation, stop).finally(() => {
          this.#running.delete(operation.id);
          this.nudge();
        });
        this.#running.set(operation.id, { stop, done });
      }
      this.#lookedAt = Date.now();
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

/** One service after the other, so that two of them together give no tenant more at once than it may have. */
async function claim(db: Db, settings: Settings): Promise<OperationRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtext('causeway operations'))`.execute(transaction);
    const resting = await tenantsAtTheirLimit(transaction);
    return claimNext(transaction, settings.instance, settings.leaseMs, resting);
  });
}
