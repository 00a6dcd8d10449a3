import type { Logger } from "pino";
import type { Db } from "../db/database.ts";
import { dueForLook } from "../db/drift.ts";
import { dropLease, holdLease } from "../db/leases.ts";
import { cleanUpExpired } from "../previews/expire.ts";
import type { Settings } from "../settings.ts";
import { lookForDrift } from "./look.ts";

const lease = "drift";
const mostBetweenMs = 60_000;
/** Queued at a time: what is due after a long rest is spread. */
const mostAtOnce = 20;

/**
 * Queues a look for drift at each pipeline that none was made at for long, and cleans up after previews that expired. One of several services does
 * it: whoever has the lease.
 */
export class DriftWatch {
  readonly #db: Db;
  readonly #settings: Pick<Settings, "driftMs" | "instance">;
  readonly #log: Logger;
  readonly #queued: () => void;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    db: Db,
    settings: Pick<Settings, "driftMs" | "instance">,
    log: Logger,
    queued: () => void,
  ) {
    this.#db = db;
    this.#settings = settings;
    this.#log = log;
    this.#queued = queued;
  }

  start(): void {
    const everyMs = Math.min(mostBetweenMs, (this.#settings.driftMs ?? mostBetweenMs) / 4);
    const look = (): void => {
      this.#looking = this.#looking
        .then(() => this.look())
        .then(
          () => undefined,
          (error: unknown) => this.#log.error({ err: error }, "drift could not be looked for"),
        );
    };
    this.#timer = setInterval(look, everyMs);
  }

  /** @returns how many looks it queued. */
  async look(): Promise<number> {
    const { driftMs, instance } = this.#settings;
    if (!(await holdLease(this.#db, lease, instance, 3 * mostBetweenMs))) return 0;
    if ((await cleanUpExpired(this.#db, this.#log)) > 0) this.#queued();
    if (driftMs === undefined) return 0;
    const due = await dueForLook(this.#db, driftMs, mostAtOnce);
    for (const { tenant, name } of due) {
      await this.#db
        .transaction()
        .execute((transaction) => lookForDrift(transaction, { tenant, name }));
    }
    if (due.length > 0) {
      this.#log.info({ pipelines: due.length }, "looks for drift are queued");
      this.#queued();
    }
    return due.length;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await dropLease(this.#db, lease, this.#settings.instance);
  }
}
