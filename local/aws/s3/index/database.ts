import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Text compares by its UTF-8 bytes (SQLite's BINARY collation), which is the order S3 lists in. */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS bucket (
  name TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  versioning TEXT NOT NULL,
  object_lock INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS setting (
  bucket TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (bucket, kind)
) STRICT, WITHOUT ROWID;

-- age is -seq: the newest version of a key comes first. id is 'null' for the null version.
CREATE TABLE IF NOT EXISTS version (
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  age INTEGER NOT NULL,
  id TEXT NOT NULL,
  current INTEGER NOT NULL,
  marker INTEGER NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  modified INTEGER NOT NULL,
  storage_class TEXT NOT NULL,
  algorithm TEXT,
  checksum TEXT,
  checksum_type TEXT,
  segments TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (bucket, key, age)
) STRICT, WITHOUT ROWID;

-- What a plain listing shows: the newest version of each key where that is no delete marker.
CREATE UNIQUE INDEX IF NOT EXISTS current_version ON version (bucket, key) WHERE current = 1;

CREATE TABLE IF NOT EXISTS upload (
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  id TEXT NOT NULL,
  initiated INTEGER NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (bucket, key, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS part (
  upload TEXT NOT NULL,
  number INTEGER NOT NULL,
  body TEXT NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  modified INTEGER NOT NULL,
  algorithm TEXT NOT NULL,
  checksum TEXT NOT NULL,
  PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;

-- Bodies that no row names any more and whose files are still to be removed.
CREATE TABLE IF NOT EXISTS garbage (body TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- The body that the latest commit named: its file may still be where it arrived.
CREATE TABLE IF NOT EXISTS committed (slot INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;

-- Events that are still to be delivered; written with the change that they tell of.
CREATE TABLE IF NOT EXISTS outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  notification TEXT NOT NULL
) STRICT;
`;

/**
 * Opens the index: `index.db` in a folder, or in memory. Write-ahead logging without a sync per commit:
 * every commit survives a killed process. The file is locked, so a second server on the same home fails here.
 */
export function openDatabase(folder?: string): DatabaseSync {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const db = new DatabaseSync(folder === undefined ? ":memory:" : join(folder, "index.db"));
  try {
    db.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
    `);
    db.exec(SCHEMA);
  } catch (error) {
    db.close();
    throw new Error(
      `The S3 index in ${folder ?? "memory"} cannot be opened. Is another server using this folder? "npm run clean" forgets it.`,
      { cause: error },
    );
  }
  return db;
}

/** Runs changes that happen all or not at all. */
export function transaction<T>(db: DatabaseSync, change: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = change();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}

/** Rows as the statement's SELECT shapes them; `Row` is written next to the statement. */
export function rows<Row>(found: unknown[]): Row[] {
  return found as Row[];
}
