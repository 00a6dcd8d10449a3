import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import type { Operation, Pipeline, Run, RunObject } from "../../service/http/schemas.ts";

export type RunView = z.output<typeof Run>;
export type RunObjectView = z.output<typeof RunObject>;

/** The API said no; the message holds its problem details. */
export class ApiRefused extends Error {
  override readonly name = "ApiRefused";
  readonly status: number;

  constructor(what: string, status: number, text: string) {
    super(`${what} answered ${status}: ${text}`);
    this.status = status;
  }
}

/** The little of the public API that the demonstration uses, as any client would. */
export class Api {
  readonly #url: string;
  readonly #token: string;
  readonly #signal: AbortSignal;

  constructor(url: string, token: string, signal: AbortSignal) {
    this.#url = url;
    this.#token = token;
    this.#signal = signal;
  }

  async createPipeline(tenant: string, name: string, spec: unknown): Promise<Operation> {
    return this.#call("POST", `/v1/tenants/${tenant}/pipelines`, { name, spec });
  }

  /** Builds it again: takes up a new program or worker, puts back what was changed by hand. */
  async updatePipeline(tenant: string, name: string): Promise<Operation> {
    return this.#call("POST", `/v1/tenants/${tenant}/pipelines/${name}/updates`, {});
  }

  async deletePipeline(tenant: string, name: string): Promise<Operation> {
    return this.#call("DELETE", `/v1/tenants/${tenant}/pipelines/${name}`);
  }

  async pipeline(tenant: string, name: string): Promise<Pipeline> {
    return this.#call("GET", `/v1/tenants/${tenant}/pipelines/${name}`);
  }

  /** Newest first. */
  async runs(tenant: string, name: string): Promise<RunView[]> {
    return this.#all(`/v1/tenants/${tenant}/pipelines/${name}/runs`);
  }

  async objects(run: RunView): Promise<RunObjectView[]> {
    return this.#all(run.links.objects);
  }

  /** Waits until the operation has settled; throws with its cause when it did not succeed. */
  async settled(operation: Operation, onLook: (now: Operation) => void): Promise<Operation> {
    let now = operation;
    while (!now.done) {
      onLook(now);
      await sleep(200, undefined, { signal: this.#signal });
      now = await this.#call<Operation>("GET", operation.links.self);
    }
    if (now.error !== undefined) {
      const { title, detail, remedy } = now.error;
      throw new Error(`${title}: ${detail} ${remedy}`);
    }
    return now;
  }

  async #all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: "500", ...(cursor === null ? {} : { cursor }) });
      const page: { items: T[]; nextCursor: string | null } = await this.#call(
        "GET",
        `${path}?${query.toString()}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.#url + path, {
      method,
      signal: this.#signal,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new ApiRefused(`${method} ${path}`, answer.status, await answer.text());
    return (await answer.json()) as T;
  }
}
