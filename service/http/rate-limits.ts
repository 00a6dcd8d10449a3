import type { RequestHandler } from "express";
import { CompiledQuery } from "kysely";
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRes,
  type RateLimiterAbstract,
} from "rate-limiter-flexible";
import type { Principal } from "../auth/principal.ts";
import type { Db, OpenDatabase } from "../db/database.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { principalOf } from "./guards.ts";
import { isSafe } from "./methods.ts";
import { RequestProblem } from "./problem.ts";

export interface RateSettings {
  /** Requests of one caller in a minute; 0: as many as they like. */
  perCaller: number;
  /** Changes (POST, PUT, DELETE) in one tenant in a minute, whoever asks for them; 0: as many as they like. */
  changesPerTenant: number;
  /** Requests with bad credentials from one address in a minute; 0: as many as they like. */
  failedSignIns: number;
}

const windowSeconds = 60;

interface Limit {
  /** As the RateLimit headers name it. */
  name: "caller" | "tenant-changes";
  most: number;
  limiter: RateLimiterAbstract;
}

/**
 * How often callers may ask, counted per minute; on Postgres all services count together, and each for itself while it does not answer.
 * Whoever is on this machine, while no issuer is set up, is not limited: everybody would share one budget.
 */
export class RateLimits {
  readonly #metrics: Metrics;
  readonly #caller: Limit | undefined;
  readonly #tenant: Limit | undefined;

  constructor(
    { perCaller, changesPerTenant }: RateSettings,
    database: OpenDatabase,
    metrics: Metrics,
  ) {
    this.#metrics = metrics;
    this.#caller = limitOf("caller", perCaller, database);
    this.#tenant = limitOf("tenant-changes", changesPerTenant, database);
  }

  /** Stands behind the guards: who is refused costs nobody's budget. */
  readonly guard: RequestHandler = async (request, response, next) => {
    const principal = principalOf(response);
    if (isLimited(principal)) {
      const changes = !isSafe(request.method);
      const { tenant } = request.params;
      const headers = [
        await this.#take(this.#caller, principal.id),
        changes && typeof tenant === "string" ? await this.#take(this.#tenant, tenant) : undefined,
      ];
      response.set(joined(headers.filter((one) => one !== undefined)));
    }
    next();
  };

  /** @throws RequestProblem `rate-limited` */
  async #take(limit: Limit | undefined, key: string): Promise<Record<string, string> | undefined> {
    if (limit === undefined) return undefined;
    try {
      return headersOf(limit, await limit.limiter.consume(key));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      this.#metrics.rateLimited(limit.name);
      const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      const whose = limit.name === "caller" ? `requests of ${key}` : `changes in tenant ${key}`;
      throw new RequestProblem(
        "rate-limited",
        `At most ${limit.most} ${whose} in ${windowSeconds} seconds. Send it again in ${seconds} seconds.`,
        { headers: { ...headersOf(limit, error), "retry-after": String(seconds) } },
      );
    }
  }
}

function isLimited({ kind }: Principal): boolean {
  return kind !== "local" && kind !== "nobody";
}

function limitOf(name: Limit["name"], most: number, { db, kind }: OpenDatabase): Limit | undefined {
  if (most === 0) return undefined;
  const options = { keyPrefix: name, points: most, duration: windowSeconds };
  const memory = new RateLimiterMemory(options);
  if (kind === "pglite") return { name, most, limiter: memory };
  const limiter = new RateLimiterPostgres({
    ...options,
    storeClient: asClient(db),
    storeType: "client",
    tableName: "rate_limits",
    tableCreated: true,
    insuranceLimiter: memory,
    // Whoever is over their limit costs no query until the minute is over.
    inMemoryBlockOnConsumed: most + 1,
  });
  return { name, most, limiter };
}

/** What the limiter takes for a client of `pg`: our connections, whatever they lead to. */
function asClient(db: Db) {
  return {
    query: ({ text, values }: { text: string; values: readonly unknown[] }) =>
      db.executeQuery(CompiledQuery.raw(text, [...values])),
  };
}

/** draft-ietf-httpapi-ratelimit-headers-10. */
function headersOf({ name, most }: Limit, { remainingPoints, msBeforeNext }: RateLimiterRes) {
  const left = Math.max(0, remainingPoints);
  return {
    "ratelimit-policy": `"${name}";q=${most};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${left};t=${Math.ceil(msBeforeNext / 1000)}`,
  };
}

function joined(headers: Record<string, string>[]): Record<string, string> {
  const all = headers.flatMap((one) => Object.entries(one));
  return Object.fromEntries(
    [...Map.groupBy(all, ([name]) => name)].map(([name, there]) => [
      name,
      there.map(([, value]) => value).join(", "),
    ]),
  );
}
