import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import type { Bodies, Staged } from "./bodies/bodies.ts";
import { FileBodies } from "./bodies/files.ts";
import { MemoryBodies } from "./bodies/memory.ts";
import { Buckets } from "./index/buckets.ts";
import { openDatabase, transaction } from "./index/database.ts";
import { Committed, Garbage, OutboxTable } from "./index/queues.ts";
import { Uploads } from "./index/uploads.ts";
import type { Version } from "./index/version.ts";
import { Versions } from "./index/versions.ts";

/** What a commit may do besides changing rows. */
export interface Change {
  /** Bodies that no row names any more once the commit is through. */
  drop(bodies: readonly string[]): void;
  /** A notification that is delivered after the commit, also after a crash. */
  announce(notification: string): void;
}

/** An announced notification, durable until `settle`. */
export interface Announced {
  readonly id: number;
  readonly notification: string;
}

/** An object's bytes being read. */
export interface Reading {
  readonly bytes: AsyncIterable<Buffer>;
  /** To be called when done, however it went. */
  close(): void;
}

/** How long closing waits for readers of deleted bodies; those go at the next start. */
const PATIENCE_MS = 500;

/** Everything that the server keeps: an index in SQLite, bodies in files; both in memory without a folder. */
export class Store {
  readonly buckets: Buckets;
  readonly versions: Versions;
  readonly uploads: Uploads;
  readonly bodies: Bodies;
  readonly #db: DatabaseSync;
  readonly #garbage: Garbage;
  readonly #committed: Committed;
  readonly #outbox: OutboxTable;
  readonly #sweeps = new Set<Promise<void>>();
  #seq: number;

  /** Called after a commit with what it announced. */
  onAnnounced: (announced: readonly Announced[]) => void = () => undefined;

  constructor(folder?: string) {
    this.#db = openDatabase(folder);
    this.bodies =
      folder === undefined ? new MemoryBodies() : new FileBodies(join(folder, "bodies"));
    this.buckets = new Buckets(this.#db);
    this.versions = new Versions(this.#db);
    this.uploads = new Uploads(this.#db);
    this.#garbage = new Garbage(this.#db);
    this.#committed = new Committed(this.#db);
    this.#outbox = new OutboxTable(this.#db);
    this.#seq = this.versions.lastSeq();
    const latest = this.#committed.get();
    this.bodies.recover((id) => id === latest);
    this.#sweep(this.#garbage.all());
  }

  /** A number greater than any before it, also those of versions that are gone: microseconds since 1970. */
  nextSeq(now: Date): number {
    this.#seq = Math.max(this.#seq + 1, now.getTime() * 1000);
    return this.#seq;
  }

  /**
   * One atomic change. With a staged body, the rows that name it and its place become durable together:
   * a crash leaves either both or nothing.
   */
  commit<T>(staged: Staged | undefined, change: (change: Change) => T): T {
    const dropped: string[] = [];
    const announced: Announced[] = [];
    const result = transaction(this.#db, () => {
      const value = change({
        drop: (bodies) => dropped.push(...bodies),
        announce: (notification) =>
          announced.push({ id: this.#outbox.add(notification), notification }),
      });
      this.#garbage.add(dropped);
      if (staged) this.#committed.put(staged.id);
      return value;
    });
    if (staged) this.bodies.keep(staged.id);
    this.#sweep(dropped);
    if (announced.length > 0) this.onAnnounced(announced);
    return result;
  }

  /** Removes a staged body that is not to be committed after all. */
  async discard(staged: Staged): Promise<void> {
    await this.bodies.remove([staged.id]);
  }

  /**
   * Bytes `start` up to but not including `end` of a version. They stay readable, even if the version is deleted
   * meanwhile, until `close` is called.
   */
  read(version: Pick<Version, "segments">, start: number, end: number): Reading {
    const close = this.bodies.pin(version.segments.map((segment) => segment.body));
    return { bytes: readSegments(this.bodies, version, start, end), close };
  }

  unsettled(): Announced[] {
    return this.#outbox.all();
  }

  settle(id: number): void {
    this.#outbox.remove(id);
  }

  /** Waits for removals under way and closes the index. */
  async close(): Promise<void> {
    const patience = sleep(PATIENCE_MS, undefined, { ref: false });
    await Promise.race([Promise.allSettled([...this.#sweeps]), patience]);
    this.#db.close();
  }

  #sweep(bodies: readonly string[]): void {
    if (bodies.length === 0) return;
    const sweep = this.bodies
      .remove(bodies)
      .then(() => {
        if (this.#db.isOpen) this.#garbage.remove(bodies);
      })
      // What could not be removed stays listed, and is tried again at the next start.
      .catch(() => undefined)
      .finally(() => this.#sweeps.delete(sweep));
    this.#sweeps.add(sweep);
  }
}

async function* readSegments(
  bodies: Bodies,
  version: Pick<Version, "segments">,
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let offset = 0;
  for (const { body, size } of version.segments) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, size);
    offset += size;
    if (from < to) yield* bodies.read(body, from, to);
  }
}
