import type { DatabaseSync, StatementSync } from "node:sqlite";

import { rows } from "./database.ts";

/** Bodies that await their removal. */
export class Garbage {
  readonly #add: StatementSync;
  readonly #remove: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare("INSERT OR IGNORE INTO garbage VALUES (?)");
    this.#remove = db.prepare("DELETE FROM garbage WHERE body = ?");
    this.#all = db.prepare("SELECT body FROM garbage");
  }

  add(bodies: readonly string[]): void {
    for (const body of bodies) this.#add.run(body);
  }

  remove(bodies: readonly string[]): void {
    for (const body of bodies) this.#remove.run(body);
  }

  all(): string[] {
    return rows<{ body: string }>(this.#all.all()).map((found) => found.body);
  }
}

/** The body of the latest commit: only that one can be committed and still lie where it arrived. */
export class Committed {
  readonly #put: StatementSync;
  readonly #get: StatementSync;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare("INSERT OR REPLACE INTO committed VALUES (1, ?)");
    this.#get = db.prepare("SELECT body FROM committed WHERE slot = 1");
  }

  put(body: string): void {
    this.#put.run(body);
  }

  get(): string | undefined {
    return (this.#get.get() as { body: string } | undefined)?.body;
  }
}

/** Events that await their delivery, oldest first. */
export class OutboxTable {
  readonly #add: StatementSync;
  readonly #remove: StatementSync;
  readonly #all: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare("INSERT INTO outbox (notification) VALUES (?)");
    this.#remove = db.prepare("DELETE FROM outbox WHERE id = ?");
    this.#all = db.prepare("SELECT id, notification FROM outbox ORDER BY id");
  }

  add(notification: string): number {
    return Number(this.#add.run(notification).lastInsertRowid);
  }

  remove(id: number): void {
    this.#remove.run(id);
  }

  all(): { id: number; notification: string }[] {
    return rows(this.#all.all());
  }
}
