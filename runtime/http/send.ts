import { Agent } from "undici";

/** One HTTP exchange over pooled connections: nothing is followed, repeated or interpreted here. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** `https://host:port`. */
  readonly origin: string;
  /** Path and query as they go on the wire: never normalised, a key may hold `..` or `//`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Goes to the socket as it is, and must not change until the answer is complete. `Content-Length` is added where the headers lack it. */
  readonly body?: Buffer | readonly Buffer[];
  readonly signal: AbortSignal;
  /** How long the answer may take to begin, in milliseconds (default 60 s); the time in which the body is still being taken does not count. */
  readonly timeoutMs?: number;
  /**
   * Where the body of a 200 or 206 goes; those of other answers are gathered apart. A body that is longer is not read: the connection is dropped and the answer
   * has `tooLong`.
   */
  readonly into?: Buffer;
  /** The longest body that is gathered without `into`, in bytes (default 64 MiB); a longer one is `tooLong`. */
  readonly limit?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined with a comma. Values are Latin-1. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; a view of `into` where that took it. */
  readonly body: Buffer;
  /** The body was longer than `into` or `limit`, and is not there. */
  readonly tooLong?: true;
  /** The body as UTF-8. */
  text(): string;
}

/** Resolves when the body is complete. Rejects, as `networkFailure` explains, when there is no answer or its body breaks off. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

export interface HttpOptions {
  /** Connections per origin at once (default: as many as there are requests). */
  readonly connections?: number;
  /** Certificates (PEM) to trust besides the platform's. */
  readonly ca?: string;
}

const GATHERED = 64 * 1024 * 1024;

/** Sends over kept-alive connections. Errors are undici's and the socket's own. */
export class Http {
  readonly #agent: Agent;

  constructor(options: HttpOptions = {}) {
    this.#agent = new Agent({
      ...(options.connections === undefined ? {} : { connections: options.connections }),
      pipelining: 1,
      connect: { timeout: 5_000, ...(options.ca === undefined ? {} : { ca: options.ca }) },
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
    const { statusCode: status } = answer;
    const into = status === 200 || status === 206 ? request.into : undefined;
    const limit = into?.length ?? request.limit ?? GATHERED;
    const chunks: Buffer[] = [];
    let received = 0;
    try {
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        if (received + chunk.length > limit) {
          answer.body.destroy();
          return { ...respond(status, answer.headers, Buffer.alloc(0)), tooLong: true };
        }
        if (into === undefined) chunks.push(chunk);
        else chunk.copy(into, received);
        received += chunk.length;
      }
    } catch (error) {
      throw Object.assign(error as Error, { received: into === undefined ? 0 : received });
    }
    return respond(status, answer.headers, into?.subarray(0, received) ?? Buffer.concat(chunks));
  };

  /** Ends all connections. */
  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function respond(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: Buffer,
): HttpResponse {
  return { status, headers: flat(headers), body, text: () => body.toString("utf8") };
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === "string" ? value : value.join(", ");
  }
  return result;
}
