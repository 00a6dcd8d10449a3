import type { Db } from "../db/database.ts";
import { insertEvents, nextEventNumber, type StoredEvent } from "../db/operation-events.ts";

const flushAfterMs = 200;
const againAfterMs = 1_000;
const mostInOneInsert = 200;
/** A stack of thousands of resources is summarised by its counts, not by rows without end. */
const mostEvents = 10_000;

/** Collects an operation's events and writes them in order, a few times a second. */
export class EventBuffer {
  readonly #db: Db;
  readonly #operationId: string;
  readonly #onError: (error: unknown) => void;
  /** The number of the next one that is written; a second attempt goes on where the first ended. */
  #next: number | undefined;
  #count = 0;
  #waiting: StoredEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #wroteAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  /** `onError` hears of events that could not be written, and are tried again: an operation does not fail for its log. */
  constructor(db: Db, operationId: string, onError: (error: unknown) => void) {
    this.#db = db;
    this.#operationId = operationId;
    this.#onError = onError;
  }

  add(event: StoredEvent): void {
    this.#count += 1;
    if (this.#closed || (this.#count > mostEvents && event.kind === "resource")) return;
    this.#waiting.push(event);
    this.#later(this.#wait());
  }

  note(message: string): void {
    this.add({ kind: "note", at: new Date().toISOString(), message });
  }

  /** Resolves when all that was added before is written, or could not be. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Nothing more is written: somebody else has the operation, and goes on with its numbers. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    clearTimeout(this.#timer);
  }

  /** After a rest the first is written at once: somebody watches for it. Those that follow close upon it are written together. */
  #wait(): number {
    return Math.max(this.#wroteAt + flushAfterMs - performance.now(), 0);
  }

  #later(ms: number): void {
    this.#timer ??= setTimeout(() => void this.flush(), ms);
  }

  async #write(): Promise<void> {
    this.#wroteAt = performance.now();
    try {
      while (this.#waiting.length > 0) {
        this.#next ??= await nextEventNumber(this.#db, this.#operationId);
        const first = this.#next;
        const part = this.#waiting.slice(0, mostInOneInsert);
        const rows = part.map((event, index) => ({ seq: first + index, event }));
        await insertEvents(this.#db, this.#operationId, rows);
        this.#next += part.length;
        this.#waiting.splice(0, part.length);
      }
    } catch (error) {
      this.#onError(error);
      if (!this.#closed) this.#later(againAfterMs);
    }
  }
}
