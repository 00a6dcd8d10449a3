import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { Interrupted } from "../errors.ts";
import type { Proxies, Proxy } from "./proxies.ts";
import { Aborts } from "./wire/aborts.ts";
import { Connector, placeOf, type Place } from "./wire/connect.ts";
import type { Via } from "./wire/encode.ts";
import { WireError } from "./wire/error.ts";
import { Exchange } from "./wire/exchange.ts";
import { Pool } from "./wire/pool.ts";
import { Clock, TIMING, type Timing } from "./wire/timing.ts";

/** One HTTP exchange over pooled connections: nothing is followed, repeated or interpreted here. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** `https://host:port`. */
  readonly origin: string;
  /** Path and query as they go on the wire: never normalised, a key may hold `..` or `//`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Goes to the socket as it is, and must not change until the answer is complete. `Content-Length` is added where the headers lack it. */
  readonly body?: Buffer | readonly Buffer[] | undefined;
  readonly signal: AbortSignal;
  /** How long the answer may take to begin, in milliseconds (default 60 s); the time in which the body is still being taken does not count. */
  readonly timeoutMs?: number | undefined;
  /**
   * Where the body of a 200 or 206 goes; those of other answers are gathered apart. A body that is longer is not read: the connection is dropped and the answer
   * has `tooLong`.
   */
  readonly into?: Buffer | undefined;
  /** The longest body that is gathered without `into`, in bytes (default 64 MiB); a longer one is `tooLong`. */
  readonly limit?: number | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined with a comma. Values are Latin-1. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; a view of `into` where that took it. */
  readonly body: Buffer;
  /** The body was longer than `into` or `limit`, and is not there. */
  readonly tooLong?: true;
  /** How long opening a connection for it took, in milliseconds; 0 or absent where there was one. */
  readonly connectMs?: number;
  /** The body as UTF-8. */
  text(): string;
}

/** Resolves when the body is complete. Rejects, as `networkFailure` explains, when there is no answer or its body breaks off. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

export interface HttpOptions {
  /** Connections per origin at once (default 1,024). Requests beyond wait their turn. */
  readonly connections?: number;
  /** Certificates (PEM) to trust besides the platform's. */
  readonly ca?: string | undefined;
  /** Whom connections go through; default: nobody. */
  readonly proxies?: Proxies | undefined;
  /** Other deadlines than the usual, for tests. */
  readonly timing?: Partial<Timing>;
}

const CONNECTIONS = 1024;

interface Origin {
  readonly host: string;
  readonly via: Via | undefined;
  readonly pool: Pool;
}

/**
 * HTTP/1.1 over kept-alive connections, made for copying: bodies are read straight into the caller's memory and sent from it, and a request costs little else.
 * What a reused connection loses before any byte of an answer came is sent once more on a fresh one; nothing else is repeated.
 */
export class Http {
  readonly #connections: number;
  readonly #ca: string | undefined;
  readonly #proxies: Proxies | undefined;
  readonly #timing: Timing;
  readonly #clock: Clock;
  readonly #aborts = new Aborts();
  readonly #origins = new Map<string, Origin>();
  #context: SecureContext | undefined;
  #sweeper: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: HttpOptions = {}) {
    this.#connections = options.connections ?? CONNECTIONS;
    this.#ca = options.ca;
    this.#proxies = options.proxies;
    this.#timing = { ...TIMING, ...options.timing };
    this.#clock = new Clock(this.#timing.sweepMs);
  }

  readonly send: Send = (request) =>
    new Promise((resolve, reject) => {
      if (this.#closed) throw new WireError("Closed", "the client was closed");
      if (request.signal.aborted) throw new Interrupted();
      const { host, via, pool } = this.#origins.get(request.origin) ?? this.#open(request.origin);
      this.#sweeper ??= setInterval(this.#sweep, this.#timing.sweepMs).unref();
      pool.start(new Exchange(request, host, this.#aborts, resolve, reject, via));
    });

  /** Ends all connections; what is under way fails. */
  close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    for (const { pool } of this.#origins.values()) pool.close();
    this.#aborts.sweep();
    return Promise.resolve();
  }

  #open(name: string): Origin {
    const place = placeOf(name);
    const context = place.secure ? this.#secureContext() : undefined;
    const proxy = this.#proxies?.(place);
    const connector = new Connector(place, context, proxy);
    const pool = new Pool(connector, this.#connections, this.#clock, this.#timing);
    const { host } = new URL(name);
    const origin = { host, via: proxy === undefined ? undefined : viaOf(proxy, place, host), pool };
    this.#origins.set(name, origin);
    return origin;
  }

  /** One for all connections: reading the certificates takes milliseconds. */
  #secureContext(): SecureContext {
    this.#context ??= createSecureContext(
      this.#ca === undefined ? {} : { ca: [...getCACertificates("default"), this.#ca] },
    );
    return this.#context;
  }

  readonly #sweep = (): void => {
    this.#clock.tick += 1;
    let work = false;
    for (const { pool } of this.#origins.values()) {
      pool.sweep();
      work ||= !pool.empty;
    }
    this.#aborts.sweep();
    if (work) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  };
}

/** A tunnel is told once whereto; without one every request names the whole address, and who asks. */
function viaOf({ authorization }: Proxy, { secure }: Place, host: string): Via | undefined {
  if (secure) return undefined;
  const lines = authorization === undefined ? "" : `proxy-authorization: ${authorization}\r\n`;
  return { origin: `http://${host}`, lines };
}
