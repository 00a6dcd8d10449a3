import { Agent } from "undici";

/** One HTTP exchange over pooled connections: nothing is followed, repeated or interpreted here. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** `https://host:port`. */
  readonly origin: string;
  /** Path and query as they go on the wire: never normalised, a key may hold `..` or `//`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Chunks go to the socket as they are. `Content-Length` must be among the headers. */
  readonly body?: Buffer | readonly Buffer[];
  readonly signal: AbortSignal;
  /** How long the answer may take to begin, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Read it, or call `discard`: the connection serves the next request only then. */
  readonly body: AsyncIterable<Buffer>;
  text(): Promise<string>;
  discard(): Promise<void>;
}

export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/** Sends over up to `connections` connections per origin, kept alive. Errors are undici's and the socket's own. */
export class Http {
  readonly #agent: Agent;

  constructor(connections: number) {
    this.#agent = new Agent({
      connections,
      pipelining: 1,
      connect: { timeout: 5_000 },
      keepAliveTimeout: 15_000,
      // The longest silence inside a body.
      bodyTimeout: 30_000,
    });
  }

  readonly send: Send = async (request) => {
    const answer = await this.#agent.request({
      method: request.method,
      origin: request.origin,
      path: request.path,
      headers: request.headers,
      // undici takes any iterable of chunks; its types do not say so.
      body: (request.body ?? null) as Buffer | null,
      signal: request.signal,
      headersTimeout: request.timeoutMs ?? 60_000,
    });
    return {
      status: answer.statusCode,
      headers: flat(answer.headers),
      body: answer.body as AsyncIterable<Buffer>,
      text: () => answer.body.text(),
      discard: () => answer.body.dump(),
    };
  };

  /** Ends idle connections, then the rest. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === "string" ? value : value.join(", ");
  }
  return result;
}
