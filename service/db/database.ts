import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Kysely, PostgresDialect, type Transaction } from "kysely";
import { Migrator } from "kysely/migration";
import { Pool } from "pg";
import { SetupError } from "../errors.ts";
import { Changes } from "./changes.ts";
import { lockFolder } from "./folder-lock.ts";
import { listenOnPostgres } from "./listen.ts";
import * as first from "./migrations/0001-first.ts";
import * as access from "./migrations/0002-access.ts";
import * as previews from "./migrations/0003-previews.ts";
import * as scheduling from "./migrations/0004-scheduling.ts";
import * as drift from "./migrations/0006-drift.ts";
import * as live from "./migrations/0007-live.ts";
import * as governance from "./migrations/0008-governance.ts";
import * as blast from "./migrations/0009-blast.ts";
import * as sessions from "./migrations/0011-sessions.ts";
import { pgliteDialect } from "./pglite-dialect.ts";
import { EmbeddedPostgres } from "./pglite-thread.ts";
import type { Database } from "./schema.ts";

export type Db = Kysely<Database>;
/** A transaction, or the database itself where one statement is enough. */
export type Queries = Db | Transaction<Database>;

export interface OpenDatabase {
  db: Db;
  kind: "pglite" | "postgres";
  changes: Changes;
  close(): Promise<void>;
}

/** In order; a name is never changed or given again. */
const migrations = {
  "0001-first": first,
  "0002-access": access,
  "0003-previews": previews,
  "0004-scheduling": scheduling,
  "0006-drift": drift,
  "0007-live": live,
  "0008-governance": governance,
  "0009-blast": blast,
  "0011-sessions": sessions,
};

/** What the tables of this program are made by, in order. */
export const migrationNames: readonly string[] = Object.keys(migrations);

/**
 * Opens the service's database and brings its tables up to date: a Postgres at `url`, else PGlite in `folder`.
 * @throws SetupError when the folder is in use or the server cannot be reached.
 */
export async function openDatabase(where: {
  url: string | undefined;
  folder: string;
}): Promise<OpenDatabase> {
  const open = where.url === undefined ? await openPglite(where.folder) : openPostgres(where.url);
  try {
    await migrate(open.db);
    return open;
  } catch (error) {
    await open.close();
    throw error;
  }
}

/** PGlite's own 128 MB of buffers are for databases larger than a service's. */
const conf = ["shared_buffers = 8MB"];

async function makeFiles(folder: string): Promise<void> {
  const maker = new Worker(new URL("pglite-make.ts", import.meta.url), {
    workerData: { folder, conf },
  });
  // "error" rejects.
  await once(maker, "exit");
}

/**
 * PGlite never waits for the disk: what was answered survives the end of the process, however violent, but perhaps not a power cut.
 * A server (DATABASE_URL) survives that too.
 */
async function openPglite(folder: string): Promise<OpenDatabase> {
  const release = await lockFolder(folder);
  try {
    await mkdir(folder, { recursive: true });
    if (!existsSync(join(folder, "PG_VERSION"))) await makeFiles(folder);
    const changes = new Changes();
    const pglite = await EmbeddedPostgres.open({ folder, conf }, (topic) => changes.heard(topic));
    changes.told = true;
    const db = new Kysely<Database>({ dialect: pgliteDialect(pglite) });
    const close = async (): Promise<void> => {
      await db.destroy();
      await release();
    };
    return { db, kind: "pglite", changes, close };
  } catch (error) {
    await release();
    throw new SetupError({
      code: "database-unreadable",
      subject: folder,
      message: `The database in ${folder} cannot be opened.`,
      remedy:
        "Check that the disk has room and the folder is yours; without worth, remove it and start again.",
      cause: error,
    });
  }
}

function openPostgres(url: string): OpenDatabase {
  const pool = new Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 10_000 });
  // A connection that breaks fails the query that uses it, or is replaced on the next use; without listeners (the pool's own for the idle ones,
  // one of each for those in a transaction or on their way out) it would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const changes = new Changes();
  const stopListening = listenOnPostgres(url, changes);
  const close = async (): Promise<void> => {
    await stopListening();
    await db.destroy();
  };
  return { db, kind: "postgres", changes, close };
}

async function migrate(db: Db): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  throw new SetupError({
    code: "migration-failed",
    subject: "database",
    message: `The database's tables could not be brought up to date: ${error instanceof Error ? error.message : JSON.stringify(error)}`,
    remedy:
      "Check DATABASE_URL and that its user may create tables; a newer service may have been here before.",
    cause: error,
  });
}
