import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { audit, type Origin } from "../audit/record.ts";
import type { Db, Queries } from "../db/database.ts";
import { insertNewPipelines, type NewPipeline } from "../db/new-pipelines.ts";
import type { OperationRow } from "../db/operations.ts";
import { deedOf } from "./change.ts";

export interface Creation extends NewPipeline {
  by: Origin;
}

interface Waiting {
  creation: Creation;
  resolve: (made: OperationRow | undefined) => void;
}

const mostTogether = 100;
/** Nothing has arrived for so long: those that came together are here. */
const quietMs = 2;
const mostGatheringMs = 40;

/**
 * Makes new pipelines: what is asked for while one transaction is under way is done in the next one, all together. A burst then costs a
 * handful of statements instead of a dozen for each, which is what somebody at its end would wait for.
 */
export class Creations {
  readonly #db: Db;
  readonly #log: Logger;
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(db: Db, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  /**
   * @returns the operation that builds it, once that is written down; undefined, and nothing done, when it is not plainly new or
   * something went wrong: the caller then looks at it alone, and hears why.
   */
  make(creation: Creation): Promise<OperationRow | undefined> {
    const { promise, resolve } = Promise.withResolvers<OperationRow | undefined>();
    this.#waiting.push({ creation, resolve });
    if (!this.#busy) void this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      await this.#gather();
      const batch = this.#waiting.splice(0, mostTogether);
      const together = distinct(batch);
      const made = await this.#makeAll(together.map(({ creation }) => creation));
      // The doubles last: what they are doubles of is there now.
      together.forEach(({ resolve }, place) => resolve(made.get(place)));
      for (const waiting of batch) waiting.resolve(undefined);
    }
    this.#busy = false;
  }

  /**
   * Node accepts one connection in each turn of its loop: with a transaction for each, the last of a burst would wait for as many as there
   * are connections before it.
   */
  async #gather(): Promise<void> {
    const latest = performance.now() + mostGatheringMs;
    for (let known = 0; known < this.#waiting.length && performance.now() < latest;) {
      known = this.#waiting.length;
      await delay(quietMs);
    }
  }

  async #makeAll(creations: readonly Creation[]): Promise<Map<number, OperationRow>> {
    try {
      return await this.#db
        .transaction()
        .execute((transaction) => makeTogether(transaction, creations));
    } catch (error) {
      this.#log.debug({ err: error }, "pipelines are made one by one");
      return new Map();
    }
  }
}

/** Those that are plainly new, with their entries in the audit log. @returns the operations, by the creations' places. */
export async function makeTogether(
  transaction: Queries,
  creations: readonly Creation[],
): Promise<Map<number, OperationRow>> {
  const made = await insertNewPipelines(transaction, creations);
  const deeds = [...made].map(([place, operation]) => {
    const { by, spec } = creations[place] as Creation;
    return deedOf({ by, action: "pipeline.create" }, operation, { after: spec });
  });
  // Last, for it holds a lock that everybody wants.
  await audit(transaction, ...deeds);
  return made;
}

/** The first of each name and of each key. */
function distinct(batch: readonly Waiting[]): Waiting[] {
  const seen = new Set<string>();
  return batch.filter(({ creation: { tenant, name, idempotency } }) => {
    const marks = [`name ${tenant} ${name}`];
    if (idempotency !== undefined) marks.push(`key ${tenant} ${idempotency.key}`);
    if (marks.some((mark) => seen.has(mark))) return false;
    for (const mark of marks) seen.add(mark);
    return true;
  });
}
