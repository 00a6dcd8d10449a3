import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface WorkerData {
  folder: string;
  /** Lines of postgresql.conf. */
  conf: readonly string[];
}

export interface Question {
  id: number;
  /** Null: close the database. */
  query: { sql: string; parameters: readonly unknown[] } | null;
}

export interface Result {
  rows: unknown[];
  affectedRows?: number;
}

export type Answer =
  | { id: number; result: Result }
  | { id: number; error: Record<string, unknown> }
  /** What a notification on our channel said. */
  | { topic: string };

interface Asked {
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

/**
 * An embedded Postgres in a thread of its own: PGlite works in the thread that calls it, and requests would wait for each other's statements.
 */
export class EmbeddedPostgres {
  readonly #worker: Worker;
  readonly #asked = new Map<number, Asked>();
  readonly #onTopic: (topic: string) => void;
  #last = 0;
  #gone: Error | undefined;

  private constructor(data: WorkerData, onTopic: (topic: string) => void) {
    this.#onTopic = onTopic;
    this.#worker = new Worker(new URL("pglite-worker.ts", import.meta.url), { workerData: data });
    this.#worker.on("message", (answer: Answer) => this.#hear(answer));
    this.#worker.on("error", (error: Error) => this.#end(error));
    this.#worker.on("exit", () => this.#end(new Error("The embedded database has ended.")));
  }

  /**
   * Opens the database in a folder. One process only may have it open (see lockFolder).
   * @throws Error in PGlite's words when it cannot be opened.
   */
  static async open(data: WorkerData, onTopic: (topic: string) => void): Promise<EmbeddedPostgres> {
    const database = new EmbeddedPostgres(data, onTopic);
    // The thread speaks first.
    await new Promise<Result>((resolve, reject) => database.#asked.set(0, { resolve, reject }));
    return database;
  }

  /** @throws Error with Postgres's `code`, `constraint` and so on. */
  query(sql: string, parameters: readonly unknown[]): Promise<Result> {
    return this.#ask({ sql, parameters });
  }

  async close(): Promise<void> {
    if (this.#gone !== undefined) return;
    await this.#ask(null);
    this.#gone = new Error("The embedded database is closed.");
    const exit = once(this.#worker, "exit");
    await this.#worker.terminate();
    await exit;
  }

  #ask(query: Question["query"]): Promise<Result> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const id = (this.#last += 1);
    this.#asked.set(id, { resolve, reject });
    // An open database alone keeps no process alive; a question does.
    this.#worker.ref();
    this.#worker.postMessage({ id, query } satisfies Question);
    return promise;
  }

  #hear(answer: Answer): void {
    if ("topic" in answer) {
      this.#onTopic(answer.topic);
      return;
    }
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (this.#asked.size === 0) this.#worker.unref();
    if ("error" in answer) asked?.reject(Object.assign(new Error(), answer.error));
    else asked?.resolve(answer.result);
  }

  #end(why: Error): void {
    this.#gone ??= why;
    for (const { reject } of this.#asked.values()) reject(this.#gone);
    this.#asked.clear();
  }
}
