import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { z } from "zod";
import { sasExpiry } from "../../infra/azure/sas-epoch.ts";
import type { Db } from "../db/database.ts";
import { dropLease, holdLease } from "../db/leases.ts";
import { latestOperation } from "../db/operations.ts";
import { builtPipelines, type PipelineRow } from "../db/pipelines.ts";
import { rebuildPipeline } from "./change.ts";

const leaseName = "renewals";
const everyMs = 3_600_000;

const Expiring = z.object({ targets: z.array(z.object({ sasExpiresAt: z.iso.datetime() })) });

/** True when building the pipeline again now would make a SAS that ends later than the one it has. */
export function isDue(
  pipeline: Pick<PipelineRow, "outputs"> & { readonly created_at: Date },
  now: Date,
): boolean {
  const outputs = Expiring.safeParse(pipeline.outputs?.values).data;
  if (outputs === undefined) return false;
  const next = Date.parse(sasExpiry(pipeline.created_at.toISOString().slice(0, 10), now));
  return outputs.targets.some(({ sasExpiresAt }) => Date.parse(sasExpiresAt) < next);
}

/**
 * Renews every pipeline's SAS in time: a new epoch begins 30 days before a SAS ends, and each hour the pipelines that are
 * due get an update. One that fails is tried again at the next look, and shows as the pipeline's failed operation.
 */
export class Renewals {
  readonly #db: Db;
  readonly #log: Logger;
  readonly #queued: () => void;
  readonly #now: () => Date;
  readonly #owner = randomUUID();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(db: Db, log: Logger, queued: () => void, now = () => new Date()) {
    this.#db = db;
    this.#log = log;
    this.#queued = queued;
    this.#now = now;
  }

  start(): void {
    const look = (): void => {
      this.#looking = this.look().then(
        () => undefined,
        (error: unknown) => this.#log.error({ err: error }, "renewals could not be looked at"),
      );
    };
    look();
    this.#timer = setInterval(look, everyMs);
  }

  /** Queues an update for each pipeline that is due and at rest, unless another service does; answers with how many. */
  async look(): Promise<number> {
    if (!(await holdLease(this.#db, leaseName, this.#owner, everyMs / 2))) return 0;
    const now = this.#now();
    const built = await builtPipelines(this.#db);
    const due = built.filter((pipeline) => pipeline.state === "active" && isDue(pipeline, now));
    let queued = 0;
    for (const { id, tenant, name } of due) {
      const latest = await latestOperation(this.#db, id);
      if (latest?.settled_at === null) continue;
      await this.#db
        .transaction()
        .execute((transaction) => rebuildPipeline(transaction, { tenant, name }));
      this.#log.info({ tenant, pipeline: name }, "its SAS is due: an update is queued");
      queued += 1;
    }
    if (queued > 0) this.#queued();
    return queued;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await dropLease(this.#db, leaseName, this.#owner).catch(() => undefined);
  }
}
