import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import type { Algorithm, ChecksumType } from "../checksums/algorithm.ts";
import type { Position } from "../listing/page.ts";
import { rows } from "./database.ts";
import type { Attributes, ListedVersion, Segment, Version } from "./version.ts";

interface VersionRow {
  bucket: string;
  key: string;
  age: number;
  id: string;
  current: number;
  marker: number;
  size: number;
  etag: string;
  modified: number;
  storage_class: string;
  algorithm: Algorithm | null;
  checksum: string | null;
  checksum_type: ChecksumType | null;
  segments: string;
  detail: string;
}

interface Detail {
  attributes: Attributes;
  multipart: boolean;
  restoredFrom?: number;
  restoredUntil?: number;
}

type ListedRow = Omit<VersionRow, "bucket" | "checksum" | "segments" | "detail"> & {
  newest: number;
};

const LISTED =
  "key, age, id, current, marker, size, etag, modified, storage_class, algorithm, checksum_type";

/** Every version of every key. Callers wrap changes in a transaction. */
export class Versions {
  readonly #latest: StatementSync;
  readonly #byId: StatementSync;
  readonly #insert: StatementSync;
  readonly #demote: StatementSync;
  readonly #remove: StatementSync;
  readonly #promote: StatementSync;
  readonly #any: StatementSync;
  readonly #last: StatementSync;
  readonly #currentAt: StatementSync;
  readonly #currentAfter: StatementSync;
  readonly #allAt: StatementSync;
  readonly #allAfter: StatementSync;

  constructor(db: DatabaseSync) {
    const select = "SELECT * FROM version WHERE bucket = ? AND key = ?";
    this.#latest = db.prepare(`${select} ORDER BY age LIMIT 1`);
    this.#byId = db.prepare(`${select} AND id = ?`);
    this.#insert = db.prepare(
      "INSERT OR REPLACE INTO version VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    );
    this.#demote = db.prepare(
      "UPDATE version SET current = 0 WHERE bucket = ? AND key = ? AND current = 1",
    );
    this.#remove = db.prepare("DELETE FROM version WHERE bucket = ? AND key = ? AND age = ?");
    this.#promote = db.prepare(
      `UPDATE version SET current = 1 - marker WHERE bucket = ?1 AND key = ?2
       AND age = (SELECT min(age) FROM version WHERE bucket = ?1 AND key = ?2)`,
    );
    this.#any = db.prepare("SELECT 1 FROM version WHERE bucket = ? LIMIT 1");
    this.#last = db.prepare("SELECT max(-age) AS seq FROM version");
    const current = (bound: string) =>
      db.prepare(
        `SELECT ${LISTED}, 1 AS newest FROM version
         WHERE bucket = ? AND current = 1 AND key ${bound} ? AND key < ? ORDER BY key LIMIT ?`,
      );
    this.#currentAt = current(">=");
    this.#currentAfter = current(">");
    const newest =
      "age = (SELECT min(age) FROM version n WHERE n.bucket = v.bucket AND n.key = v.key) AS newest";
    const all = (bound: string) =>
      db.prepare(
        `SELECT ${LISTED}, ${newest} FROM version v
         WHERE bucket = ? AND ${bound} AND key < ? ORDER BY key, age LIMIT ?`,
      );
    this.#allAt = all("key >= ?");
    this.#allAfter = all("(key, age) > (?, ?)");
  }

  /** The newest version, which may be a delete marker. */
  latest(bucket: string, key: string): Version | undefined {
    return fromRow(this.#latest.get(bucket, key) as VersionRow | undefined);
  }

  byId(bucket: string, key: string, id: string): Version | undefined {
    return fromRow(this.#byId.get(bucket, key, id) as VersionRow | undefined);
  }

  /** Adds the newest version of its key; a null version takes the place of the null version before it. */
  add(version: Version): Version | undefined {
    const replaced =
      version.id === "null" ? this.byId(version.bucket, version.key, "null") : undefined;
    if (replaced) this.#remove.run(replaced.bucket, replaced.key, -replaced.seq);
    this.#demote.run(version.bucket, version.key);
    this.#insert.run(...toRow(version, !version.marker));
    return replaced;
  }

  /** Writes a version's attributes anew in its place. */
  update(version: Version): void {
    const latest = this.latest(version.bucket, version.key);
    this.#insert.run(...toRow(version, latest?.seq === version.seq && !version.marker));
  }

  /** Removes one version; the newest of those left becomes current. */
  remove(version: Version): void {
    this.#remove.run(version.bucket, version.key, -version.seq);
    this.#promote.run(version.bucket, version.key);
  }

  anyIn(bucket: string): boolean {
    return this.#any.get(bucket) !== undefined;
  }

  lastSeq(): number {
    return (this.#last.get() as { seq: number | null } | undefined)?.seq ?? 0;
  }

  /** Current objects from a position on, in the order of their keys, below `end`. */
  listCurrent(bucket: string, from: Position, end: SQLInputValue, limit: number): ListedVersion[] {
    const statement = from.kind === "at" ? this.#currentAt : this.#currentAfter;
    return rows<ListedRow>(statement.all(bucket, from.key, end, limit)).map(listed);
  }

  /** All versions from a position on, the newest of each key first. */
  listAll(bucket: string, from: Position, end: SQLInputValue, limit: number): ListedVersion[] {
    const found =
      from.kind === "at"
        ? this.#allAt.all(bucket, from.key, end, limit)
        : this.#allAfter.all(bucket, from.key, from.sub ?? Number.MAX_SAFE_INTEGER, end, limit);
    return rows<ListedRow>(found).map(listed);
  }
}

function listed(found: ListedRow): ListedVersion {
  return {
    key: found.key,
    seq: -found.age,
    id: found.id,
    marker: found.marker === 1,
    latest: found.newest === 1,
    size: found.size,
    etag: found.etag,
    modified: found.modified,
    storageClass: found.storage_class,
    ...(found.algorithm === null ? {} : { algorithm: found.algorithm }),
    ...(found.checksum_type === null ? {} : { checksumType: found.checksum_type }),
  };
}

function fromRow(found: VersionRow | undefined): Version | undefined {
  if (!found) return undefined;
  const detail = JSON.parse(found.detail) as Detail;
  const { algorithm, checksum: value, checksum_type: type } = found;
  return {
    bucket: found.bucket,
    key: found.key,
    seq: -found.age,
    id: found.id,
    marker: found.marker === 1,
    size: found.size,
    etag: found.etag,
    modified: found.modified,
    storageClass: found.storage_class,
    segments: JSON.parse(found.segments) as Segment[],
    ...(algorithm && value && type ? { checksum: { algorithm, value, type } } : {}),
    ...detail,
  };
}

function toRow(version: Version, current: boolean): SQLInputValue[] {
  const detail: Detail = {
    attributes: version.attributes,
    multipart: version.multipart,
    ...(version.restoredFrom === undefined ? {} : { restoredFrom: version.restoredFrom }),
    ...(version.restoredUntil === undefined ? {} : { restoredUntil: version.restoredUntil }),
  };
  return [
    version.bucket,
    version.key,
    -version.seq,
    version.id,
    current ? 1 : 0,
    version.marker ? 1 : 0,
    version.size,
    version.etag,
    version.modified,
    version.storageClass,
    version.checksum?.algorithm ?? null,
    version.checksum?.value ?? null,
    version.checksum?.type ?? null,
    JSON.stringify(version.segments),
    JSON.stringify(detail),
  ];
}
