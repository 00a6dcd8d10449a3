import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Operation } from "../../../service/http/schemas.ts";
import type { Random } from "../random.ts";

export interface Answer {
  status: number;
  body: unknown;
}

/** A client that goes on when the service dies under it: the same request with the same Idempotency-Key, at any of the services. */
export class Client {
  readonly #urls: readonly string[];
  readonly #random: Random;

  constructor(urls: readonly string[], random: Random) {
    this.#urls = urls;
    this.#random = random;
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const key = randomUUID();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await fetch(this.#random.pick(this.#urls) + path, {
          method,
          headers: {
            ...(method === "GET" ? {} : { "idempotency-key": key }),
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(20_000),
        });
        const text = await answer.text();
        // A service that is going down, or whose database is away, says so with 5xx.
        if (answer.status < 500)
          return { status: answer.status, body: JSON.parse(text) as unknown };
        if (answer.status === 500) throw new ServerError(`${method} ${path}: ${text}`);
      } catch (error) {
        if (error instanceof ServerError || attempt > 300) throw error;
      }
      await delay(200);
    }
  }

  async operation(id: string): Promise<Operation> {
    const { status, body } = await this.call("GET", `/v1/operations/${id}`);
    if (status !== 200) throw new Error(`${id}: ${status} ${JSON.stringify(body)}`);
    return body as Operation;
  }

  /** How many operations are queued. */
  async waiting(): Promise<number> {
    const { body } = await this.call("GET", "/v1/operations?state=queued&limit=100");
    return (body as { items: unknown[] }).items.length;
  }

  async settled(id: string): Promise<Operation> {
    for (;;) {
      const operation = await this.operation(id);
      if (operation.done) return operation;
      await delay(500);
    }
  }
}

/** An answer that no client should ever get. */
export class ServerError extends Error {
  override readonly name = "ServerError";
}
