import type { Logger } from "pino";
import { audit } from "../audit/record.ts";
import { service as by } from "../auth/principal.ts";
import type { Db, Queries } from "../db/database.ts";
import type { Unqueued } from "../db/operations.ts";
import { markWarned, type PipelineRow } from "../db/pipelines.ts";
import { deletePipeline } from "../pipelines/change.ts";
import type { Metrics } from "../telemetry/metrics.ts";

const everyMs = 60_000;
const most = 100;

/** Warns of pipelines whose life is nearly over, and queues the deletion of those whose life is: each once, however many services look. */
export class Expiries {
  readonly #db: Db;
  readonly #log: Logger;
  readonly #queued: () => void;
  readonly #metrics: Pick<Metrics, "operationsUnqueued">;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<unknown> = Promise.resolve();

  constructor(
    db: Db,
    log: Logger,
    metrics: Pick<Metrics, "operationsUnqueued">,
    queued: () => void,
  ) {
    this.#metrics = metrics;
    this.#db = db;
    this.#log = log;
    this.#queued = queued;
  }

  start(): void {
    const look = (): void => {
      this.#looking = this.look().catch((error: unknown) =>
        this.#log.error({ err: error }, "pipelines that expire could not be looked at"),
      );
    };
    look();
    this.#timer = setInterval(look, everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async look(now = new Date()): Promise<{ warned: number; deleted: number }> {
    const warned = await this.#each(
      (transaction) => oldest(transaction, "warn_at", now),
      async (transaction, pipeline) => {
        await this.#warn(transaction, pipeline);
        return [];
      },
    );
    const deleted = await this.#each(
      (transaction) => oldest(transaction, "expires_at", now),
      (transaction, pipeline) => this.#delete(transaction, pipeline),
    );
    if (deleted > 0) this.#queued();
    return { warned, deleted };
  }

  /** One transaction each: a row that another service holds is passed over, and is no longer found afterwards. */
  async #each(
    find: (transaction: Queries) => Promise<PipelineRow | undefined>,
    act: (transaction: Queries, pipeline: PipelineRow) => Promise<readonly Unqueued[]>,
  ): Promise<number> {
    for (let count = 0; count < most; count += 1) {
      const unqueued = await this.#db.transaction().execute(async (transaction) => {
        const pipeline = await find(transaction);
        return pipeline === undefined ? undefined : act(transaction, pipeline);
      });
      if (unqueued === undefined) return count;
      this.#metrics.operationsUnqueued(unqueued);
    }
    return most;
  }

  async #warn(transaction: Queries, pipeline: PipelineRow): Promise<void> {
    const { id, tenant, name, expires_at } = pipeline;
    await markWarned(transaction, id);
    const detail = `It is deleted at ${expires_at?.toISOString() ?? ""}, at the end of its ttl.`;
    this.#log.warn({ tenant, pipeline: name, expiresAt: expires_at }, "the pipeline expires soon");
    await audit(transaction, { ...deed(pipeline), action: "pipeline.expiring", detail });
  }

  async #delete(transaction: Queries, pipeline: PipelineRow): Promise<readonly Unqueued[]> {
    const { tenant, name, spec } = pipeline;
    const deleted = await deletePipeline(transaction, { tenant, name }, undefined);
    const { operation, unqueued } = deleted;
    this.#log.warn({ tenant, pipeline: name, operation: operation.id }, "the pipeline has expired");
    const detail = `${operation.id}: its ttl is over.`;
    await audit(transaction, {
      ...deed(pipeline),
      ...{ action: "pipeline.delete", detail, before: spec },
    });
    return unqueued ?? [];
  }
}

function deed({ tenant, name }: PipelineRow) {
  return { principal: by, requestId: null, from: null, tenant, target: `pipelines/${name}` };
}

function oldest(transaction: Queries, column: "warn_at" | "expires_at", now: Date) {
  return transaction
    .selectFrom("pipelines")
    .selectAll()
    .where("state", "=", "active")
    .where(column, "<=", now)
    .orderBy(column)
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}
