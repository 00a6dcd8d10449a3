import { setTimeout as delay } from "node:timers/promises";
import { operations, type OperationId, type Reply, type Request } from "./operations.ts";
import { ApiProblem, problemOf, Unreachable } from "./problem.ts";
import { mostAttempts, pauseBefore } from "./retry.ts";

export interface ClientOptions {
  /** `https://causeway.example.com`; a path is kept. */
  readonly url: string;
  /** Bearer token; asked for before each request, so that it can be renewed. */
  readonly token?: string | (() => Promise<string | undefined>) | undefined;
  /** Ends whatever is under way. */
  readonly signal?: AbortSignal | undefined;
  readonly userAgent?: string;
  /** Of one call; 1: no second. */
  readonly attempts?: number;
  /** Between attempts; tests hold time. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface CallOptions {
  /** Default for changes: a new one, the same for all attempts of the call. */
  readonly idempotencyKey?: string;
  /** An ETag: only if the resource is still what it was. */
  readonly ifMatch?: string | undefined;
}

export interface Answer<Id extends OperationId> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Reply<Id>;
}

/** A question may wait for the clouds. */
const patienceMs = 90_000;

/** The service's API with the types of its own endpoints. */
export class Client {
  readonly origin: string;
  readonly #token: ClientOptions["token"];
  readonly #signal: AbortSignal | undefined;
  readonly #userAgent: string;
  readonly #attempts: number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;

  constructor(options: ClientOptions) {
    this.origin = options.url.replace(/\/+$/, "");
    this.#token = options.token;
    this.#signal = options.signal;
    this.#userAgent = options.userAgent ?? "causeway-client";
    this.#attempts = options.attempts ?? mostAttempts;
    this.sleep = options.sleep ?? ((ms, signal) => delay(ms, undefined, { signal }));
  }

  get signal(): AbortSignal | undefined {
    return this.#signal;
  }

  /** @throws ApiProblem when the service refuses, Unreachable when nothing answers. */
  async call<Id extends OperationId>(
    id: Id,
    request: Request<Id>,
    options: CallOptions = {},
  ): Promise<Reply<Id>> {
    return (await this.send(id, request, options)).body;
  }

  /** As `call`, with status and headers (ETag, Location). */
  async send<Id extends OperationId>(
    id: Id,
    request: Request<Id>,
    options: CallOptions = {},
  ): Promise<Answer<Id>> {
    const answer = await this.#attempt(id, this.#prepare(id, request, options));
    const body = (await answer.json()) as Reply<Id>;
    return { status: answer.status, headers: answer.headers, body };
  }

  /** An answer that is read as it comes; no time limit but the signal's. */
  async open(
    id: OperationId,
    request: { params: object; headers: Record<string, string> },
    signal: AbortSignal,
  ): Promise<Response> {
    const url = this.#address(id, request.params, {});
    const headers = { ...(await this.#headers()), ...request.headers };
    const answer = await this.#fetch(url, { method: "GET", headers, signal });
    if (!answer.ok) throw await problemOf(answer, this.origin);
    return answer;
  }

  #prepare(
    id: OperationId,
    request: { params?: object; query?: object; body?: unknown },
    { idempotencyKey, ifMatch }: CallOptions,
  ): { url: string; init: RequestInit } {
    const { method } = operations[id];
    const headers: Record<string, string> = {
      ...(method === "get" ? {} : { "idempotency-key": idempotencyKey ?? crypto.randomUUID() }),
      ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
    };
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const url = this.#address(id, request.params ?? {}, request.query ?? {});
    return { url, init: { method: method.toUpperCase(), headers, body } };
  }

  #address(id: OperationId, params: object, query: object): string {
    const values = params as Readonly<Record<string, string>>;
    const path = operations[id].path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
      segment(name, values[name]),
    );
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(
      Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    );
    return `${this.origin}${path}${search.size === 0 ? "" : `?${search.toString()}`}`;
  }

  async #attempt(id: OperationId, { url, init }: { url: string; init: RequestInit }) {
    for (let attempt = 1; ; attempt += 1) {
      const sent = await this.#once(url, init).catch((error: unknown) => {
        if (!(error instanceof Unreachable)) throw error;
        return error;
      });
      // Readiness says no with 503, and means it.
      if (sent instanceof Response && (sent.ok || id === "readiness")) return sent;
      const pause =
        attempt >= this.#attempts
          ? undefined
          : pauseBefore(attempt, sent instanceof Response ? sent : undefined);
      if (pause === undefined) {
        throw sent instanceof Response ? await problemOf(sent, this.origin) : sent;
      }
      if (sent instanceof Response) await sent.body?.cancel();
      await this.sleep(pause, this.#signal);
    }
  }

  async #once(url: string, init: RequestInit): Promise<Response> {
    const headers = { ...(await this.#headers()), ...(init.headers as Record<string, string>) };
    const limit = AbortSignal.timeout(patienceMs);
    const signal = this.#signal === undefined ? limit : AbortSignal.any([this.#signal, limit]);
    return this.#fetch(url, { ...init, headers, signal });
  }

  /** Redirects are not followed: a token is for one address. */
  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { ...init, redirect: "manual" });
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw new Unreachable(this.origin, error);
    }
  }

  async #headers(): Promise<Record<string, string>> {
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    return {
      accept: "application/json",
      "user-agent": this.#userAgent,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
  }
}

/** One segment of a path, and no way out of it: a URL would take `..` for the folder above. */
function segment(name: string, value: string | undefined): string {
  if (value !== undefined && value !== "" && value !== "." && value !== "..") {
    return encodeURIComponent(value);
  }
  const detail = `Expected a ${name}, got ${JSON.stringify(value ?? "")}.`;
  throw new ApiProblem(400, {
    type: "invalid-request",
    detail,
    errors: [{ in: "path", pointer: `/${name}`, detail }],
  });
}
