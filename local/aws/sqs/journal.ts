import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { SqsMessage, SqsQueue, SqsStore } from "./fauxqs.ts";

/** A message that redrive moved here knows which queue it failed in. */
export type StoredMessage = SqsMessage & { deadLetterSource?: string };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queues (
    name TEXT PRIMARY KEY, arn TEXT NOT NULL, attributes TEXT NOT NULL, tags TEXT NOT NULL,
    created INTEGER NOT NULL, modified INTEGER NOT NULL, sequence INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS messages (
    id TEXT PRIMARY KEY, queue TEXT NOT NULL, message TEXT NOT NULL, receives INTEGER NOT NULL,
    first_receive INTEGER, receipt TEXT, deadline INTEGER
  );
  CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue);
`;

interface MessageRow {
  message: string;
  receives: number;
  first_receive: number | null;
  receipt: string | null;
  deadline: number | null;
}

interface QueueRow {
  name: string;
  arn: string;
  attributes: string;
  tags: string;
  created: number;
  modified: number;
  sequence: number;
}

/**
 * Keeps every queue and message in one SQLite file. Has the methods that fauxqs calls on its own persistence,
 * which we replace because in fauxqs 2.4.1 tagging a queue deletes its stored messages (INSERT OR REPLACE with
 * ON DELETE CASCADE), and returning a message to its queue fails on a NOT NULL column and hides the message.
 * Written ahead without waiting for the disk: survives a killed process, though not a power cut.
 */
export class Journal {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(home?: string) {
    if (home !== undefined) mkdirSync(home, { recursive: true });
    this.#db = new DatabaseSync(home === undefined ? ":memory:" : join(home, "queues.db"));
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    this.#db.exec(SCHEMA);
  }

  /** All of it or nothing; not to be nested. */
  transaction<T>(work: () => T): T {
    this.#db.exec("BEGIN");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Also called to store changed tags. */
  insertQueue(queue: SqsQueue): void {
    this.#run(
      `INSERT INTO queues VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
        attributes = excluded.attributes, tags = excluded.tags, modified = excluded.modified`,
      queue.name,
      queue.arn,
      JSON.stringify(queue.attributes),
      JSON.stringify(Object.fromEntries(queue.tags)),
      queue.createdTimestamp,
      queue.lastModifiedTimestamp,
      queue.sequenceCounter,
    );
  }

  deleteQueue(name: string): void {
    this.deleteQueueMessages(name);
    this.#run("DELETE FROM queues WHERE name = ?", name);
  }

  updateQueueAttributes(name: string, attributes: Record<string, string>, modified: number): void {
    const text = JSON.stringify(attributes);
    this.#run(
      "UPDATE queues SET attributes = ?, modified = ? WHERE name = ?",
      text,
      modified,
      name,
    );
  }

  updateQueueSequenceCounter(name: string, counter: number): void {
    this.#run("UPDATE queues SET sequence = ? WHERE name = ?", counter, name);
  }

  insertMessage(queue: string, message: StoredMessage): void {
    this.#run(
      "INSERT OR REPLACE INTO messages VALUES (?, ?, ?, ?, ?, NULL, NULL)",
      message.messageId,
      queue,
      JSON.stringify(message),
      message.approximateReceiveCount,
      message.approximateFirstReceiveTimestamp ?? null,
    );
  }

  deleteMessage(id: string): void {
    this.#run("DELETE FROM messages WHERE id = ?", id);
  }

  updateMessageInflight(
    id: string,
    receipt: string,
    deadline: number,
    receives: number,
    firstReceive: number | undefined,
  ): void {
    this.#run(
      "UPDATE messages SET receipt = ?, deadline = ?, receives = ?, first_receive = ? WHERE id = ?",
      receipt,
      deadline,
      receives,
      firstReceive ?? null,
      id,
    );
  }

  updateMessageReady(id: string): void {
    this.#run("UPDATE messages SET receipt = NULL, deadline = NULL WHERE id = ?", id);
  }

  deleteQueueMessages(queue: string): void {
    this.#run("DELETE FROM messages WHERE queue = ?", queue);
  }

  /** Fills an empty store with what was kept. @param url gives a queue's key in the store. */
  load(store: SqsStore, url: (name: string) => string): void {
    const rows = this.#all("SELECT * FROM queues ORDER BY name") as unknown as QueueRow[];
    for (const row of rows) {
      const attributes = JSON.parse(row.attributes) as Record<string, string>;
      const tags = JSON.parse(row.tags) as Record<string, string>;
      const queue = store.createQueue(row.name, url(row.name), row.arn, attributes, tags);
      const times = { createdTimestamp: row.created, lastModifiedTimestamp: row.modified };
      Object.assign(queue, times, { sequenceCounter: row.sequence });
      this.#loadMessages(queue);
    }
  }

  #loadMessages(queue: SqsQueue): void {
    const rows = this.#all(
      "SELECT message, receives, first_receive, receipt, deadline FROM messages WHERE queue = ? ORDER BY rowid",
      queue.name,
    ) as unknown as MessageRow[];
    for (const row of rows) {
      const message = JSON.parse(row.message) as StoredMessage;
      message.approximateReceiveCount = row.receives;
      if (row.first_receive !== null) message.approximateFirstReceiveTimestamp = row.first_receive;
      if (row.receipt !== null && row.deadline !== null)
        holdInFlight(queue, message, row.receipt, row.deadline);
      // The store has no persistence yet, so this only fills its memory.
      else queue.enqueue(message);
    }
  }

  close(): void {
    this.#db.close();
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#statement(sql).run(...values);
  }

  #all(sql: string, ...values: string[]): unknown[] {
    return this.#statement(sql).all(...values);
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

/** A message whose deadline has passed is taken up again by the queue's own timers. */
function holdInFlight(
  queue: SqsQueue,
  message: StoredMessage,
  receiptHandle: string,
  visibilityDeadline: number,
): void {
  queue.inflightMessages.set(receiptHandle, { message, receiptHandle, visibilityDeadline });
  const group = message.messageGroupId;
  if (group !== undefined && queue.isFifo())
    queue.fifoLockedGroups.set(group, (queue.fifoLockedGroups.get(group) ?? 0) + 1);
}
