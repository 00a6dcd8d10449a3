import type { Db } from "../db/database.ts";
import { insertEvents, nextEventNumber, type StoredEvent } from "../db/operation-events.ts";

const flushAfterMs = 200;
const mostInOneInsert = 200;
/** A stack of thousands of resources is summarised by its counts, not by rows without end. */
const mostEvents = 10_000;

/** Collects an operation's events and writes them in order, a few times a second. */
export class EventBuffer {
  readonly #db: Db;
  readonly #operationId: string;
  readonly #onError: (error: unknown) => void;
  #next: number;
  #waiting: { seq: number; event: StoredEvent }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  private constructor(
    db: Db,
    operationId: string,
    next: number,
    onError: (error: unknown) => void,
  ) {
    this.#db = db;
    this.#operationId = operationId;
    this.#next = next;
    this.#onError = onError;
  }

  /** `onError` hears of events that could not be written: an operation does not fail for its log. */
  static async open(
    db: Db,
    operationId: string,
    onError: (error: unknown) => void,
  ): Promise<EventBuffer> {
    return new EventBuffer(db, operationId, await nextEventNumber(db, operationId), onError);
  }

  add(event: StoredEvent): void {
    if (this.#next > mostEvents && event.kind === "resource") return;
    this.#waiting.push({ seq: this.#next, event });
    this.#next += 1;
    this.#timer ??= setTimeout(() => void this.flush(), flushAfterMs);
  }

  note(message: string): void {
    this.add({ kind: "note", at: new Date().toISOString(), message });
  }

  /** Resolves when all that was added before is written. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#writing.then(() => this.#write(batch));
    return this.#writing;
  }

  async #write(batch: { seq: number; event: StoredEvent }[]): Promise<void> {
    try {
      for (let from = 0; from < batch.length; from += mostInOneInsert) {
        const part = batch.slice(from, from + mostInOneInsert);
        await insertEvents(this.#db, this.#operationId, part);
      }
    } catch (error) {
      this.#onError(error);
    }
  }
}
