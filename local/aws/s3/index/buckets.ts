import type { DatabaseSync, StatementSync } from "node:sqlite";

import { rows } from "./database.ts";

export type Versioning = "Unversioned" | "Enabled" | "Suspended";

export interface Bucket {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly versioning: Versioning;
  readonly objectLock: boolean;
}

/** What a bucket is configured with, besides its versioning; `inventory:ID` and its like have many of a kind. */
export type SettingKind = string;

interface BucketRow {
  name: string;
  created: number;
  versioning: Versioning;
  object_lock: number;
}

/** Buckets and their configuration: few, so they are held in memory and written through. */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #settings = new Map<string, Map<SettingKind, string>>();
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #putSetting: StatementSync;
  readonly #removeSetting: StatementSync;
  readonly #removeSettings: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare("INSERT OR REPLACE INTO bucket VALUES (?,?,?,?)");
    this.#remove = db.prepare("DELETE FROM bucket WHERE name = ?");
    this.#putSetting = db.prepare("INSERT OR REPLACE INTO setting VALUES (?,?,?)");
    this.#removeSetting = db.prepare("DELETE FROM setting WHERE bucket = ? AND kind = ?");
    this.#removeSettings = db.prepare("DELETE FROM setting WHERE bucket = ?");
    for (const found of rows<BucketRow>(db.prepare("SELECT * FROM bucket").all())) {
      const { object_lock: lock, ...bucket } = found;
      this.#buckets.set(bucket.name, { ...bucket, objectLock: lock === 1 });
    }
    const settings = db.prepare("SELECT * FROM setting").all();
    for (const { bucket, kind, body } of rows<{ bucket: string; kind: string; body: string }>(
      settings,
    )) {
      this.#settingsOf(bucket).set(kind, body);
    }
  }

  find(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  /** In the order of their names. */
  all(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  put(bucket: Bucket): void {
    this.#put.run(bucket.name, bucket.created, bucket.versioning, bucket.objectLock ? 1 : 0);
    this.#buckets.set(bucket.name, bucket);
  }

  remove(name: string): void {
    this.#removeSettings.run(name);
    this.#remove.run(name);
    this.#settings.delete(name);
    this.#buckets.delete(name);
  }

  setting(bucket: string, kind: SettingKind): string | undefined {
    return this.#settings.get(bucket)?.get(kind);
  }

  /** Kinds that start with a prefix, in their order: `["inventory:a", "<...>"]`. */
  settings(bucket: string, prefix: string): [SettingKind, string][] {
    return [...this.#settingsOf(bucket)]
      .filter(([kind]) => kind.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  putSetting(bucket: string, kind: SettingKind, body: string): void {
    this.#putSetting.run(bucket, kind, body);
    this.#settingsOf(bucket).set(kind, body);
  }

  removeSetting(bucket: string, kind: SettingKind): void {
    this.#removeSetting.run(bucket, kind);
    this.#settings.get(bucket)?.delete(kind);
  }

  #settingsOf(bucket: string): Map<SettingKind, string> {
    const known = this.#settings.get(bucket);
    if (known) return known;
    const fresh = new Map<SettingKind, string>();
    this.#settings.set(bucket, fresh);
    return fresh;
  }
}
