import {
  CompiledQuery,
  PGliteAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from "kysely";
import type { EmbeddedPostgres } from "./pglite-thread.ts";

/**
 * Kysely on PGlite. Kysely's own PGlite driver hands one connection to everybody at once, so a query of one request runs inside the
 * transaction of another (and is rolled back with it). Here a connection belongs to one caller until it is released, as in a pool of one.
 */
export function pgliteDialect(pglite: EmbeddedPostgres): Dialect {
  return {
    createAdapter: () => new PGliteAdapter(),
    createDriver: () => new ExclusiveDriver(pglite),
    createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class ExclusiveDriver implements Driver {
  readonly #pglite: EmbeddedPostgres;
  readonly #connection: DatabaseConnection;
  /** Resolves when whoever holds the connection has released it; each caller waits for the one before. */
  #released: Promise<void> = Promise.resolve();
  #release: () => void = () => undefined;

  constructor(pglite: EmbeddedPostgres) {
    this.#pglite = pglite;
    this.#connection = {
      executeQuery: async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
        const { rows, affectedRows } = await pglite.query(query.sql, query.parameters);
        return {
          rows: rows as R[],
          ...(affectedRows === undefined ? {} : { numAffectedRows: BigInt(affectedRows) }),
        };
      },
      streamQuery: () => {
        throw new Error("PGlite answers a query whole; page through it instead of streaming.");
      },
    };
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#released;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#released = promise;
    await before;
    this.#release = () => resolve(undefined);
    return this.#connection;
  }

  releaseConnection(): Promise<void> {
    this.#release();
    return Promise.resolve();
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  destroy(): Promise<void> {
    return this.#pglite.close();
  }
}
