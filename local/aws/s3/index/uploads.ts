import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import type { Algorithm, ChecksumType } from "../checksums/algorithm.ts";
import type { Position } from "../listing/page.ts";
import { rows } from "./database.ts";
import type { Attributes } from "./version.ts";

/** A multipart upload that is neither completed nor aborted. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly initiated: number;
  readonly storageClass: string;
  readonly attributes: Attributes;
  /** Who began it. */
  readonly initiator: string;
  /** What the object will be checksummed with. */
  readonly algorithm: Algorithm;
  readonly checksumType: ChecksumType;
  /** False when the client named no algorithm and S3's default was taken. */
  readonly algorithmGiven: boolean;
}

export interface Part {
  readonly upload: string;
  readonly number: number;
  readonly body: string;
  readonly size: number;
  readonly etag: string;
  readonly modified: number;
  readonly algorithm: Algorithm;
  /** base64 */
  readonly checksum: string;
}

type Detail = Omit<Upload, "bucket" | "key" | "id" | "initiated">;
type UploadRow = Pick<Upload, "bucket" | "key" | "id" | "initiated"> & { detail: string };

/** Uploads under way and their parts. Callers wrap changes in a transaction. */
export class Uploads {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #bodiesIn: StatementSync;
  readonly #removePartsIn: StatementSync;
  readonly #removeIn: StatementSync;
  readonly #at: StatementSync;
  readonly #after: StatementSync;
  readonly #parts: StatementSync;
  readonly #part: StatementSync;
  readonly #putPart: StatementSync;
  readonly #removeParts: StatementSync;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare("SELECT * FROM upload WHERE bucket = ? AND key = ? AND id = ?");
    this.#insert = db.prepare("INSERT INTO upload VALUES (?,?,?,?,?)");
    this.#remove = db.prepare("DELETE FROM upload WHERE bucket = ? AND key = ? AND id = ?");
    const partsIn = "FROM part WHERE upload IN (SELECT id FROM upload WHERE bucket = ?)";
    this.#bodiesIn = db.prepare(`SELECT body ${partsIn}`);
    this.#removePartsIn = db.prepare(`DELETE ${partsIn}`);
    this.#removeIn = db.prepare("DELETE FROM upload WHERE bucket = ?");
    this.#at = db.prepare(
      "SELECT * FROM upload WHERE bucket = ? AND key >= ? AND key < ? ORDER BY key, id LIMIT ?",
    );
    this.#after = db.prepare(
      "SELECT * FROM upload WHERE bucket = ? AND (key, id) > (?, ?) AND key < ? ORDER BY key, id LIMIT ?",
    );
    this.#parts = db.prepare(
      "SELECT * FROM part WHERE upload = ? AND number > ? ORDER BY number LIMIT ?",
    );
    this.#part = db.prepare("SELECT * FROM part WHERE upload = ? AND number = ?");
    this.#putPart = db.prepare("INSERT OR REPLACE INTO part VALUES (?,?,?,?,?,?,?,?)");
    this.#removeParts = db.prepare("DELETE FROM part WHERE upload = ?");
  }

  find(bucket: string, key: string, id: string): Upload | undefined {
    const found = this.#find.get(bucket, key, id) as UploadRow | undefined;
    return found && fromRow(found);
  }

  add(upload: Upload): void {
    const { bucket, key, id, initiated, ...detail } = upload;
    this.#insert.run(bucket, key, id, initiated, JSON.stringify(detail));
  }

  /** Forgets an upload and all its parts. */
  remove(upload: Upload): void {
    this.#remove.run(upload.bucket, upload.key, upload.id);
    this.#removeParts.run(upload.id);
  }

  /** Forgets all uploads of a bucket; returns the bodies of their parts. */
  removeIn(bucket: string): string[] {
    const bodies = rows<{ body: string }>(this.#bodiesIn.all(bucket)).map(({ body }) => body);
    this.#removePartsIn.run(bucket);
    this.#removeIn.run(bucket);
    return bodies;
  }

  /** From a position on, by key and then by when they began. */
  list(bucket: string, from: Position, end: SQLInputValue, limit: number): Upload[] {
    const found =
      from.kind === "at"
        ? this.#at.all(bucket, from.key, end, limit)
        : this.#after.all(bucket, from.key, from.sub ?? Buffer.of(0xff), end, limit);
    return rows<UploadRow>(found).map(fromRow);
  }

  /** Parts after a number, in their order. */
  parts(upload: string, after = 0, limit = 10_000): Part[] {
    return rows<Part>(this.#parts.all(upload, after, limit));
  }

  /** Adds a part; the one of the same number before it is returned. */
  putPart(part: Part): Part | undefined {
    const before = this.#part.get(part.upload, part.number) as Part | undefined;
    const { upload, number, body, size, etag, modified, algorithm, checksum } = part;
    this.#putPart.run(upload, number, body, size, etag, modified, algorithm, checksum);
    return before;
  }
}

function fromRow(found: UploadRow): Upload {
  const { detail, ...rest } = found;
  return { ...rest, ...(JSON.parse(detail) as Detail) };
}
