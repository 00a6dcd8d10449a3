import { createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Weather } from "./conditions.ts";
import { Connection, type Reply } from "./connection.ts";
import type { Counters } from "./counters.ts";
import type { HttpRequest } from "./request.ts";

/** One cloud: what it answers, under what conditions, and what was asked of it. */
export interface Side {
  readonly weather: Weather;
  readonly counters: Counters;
  operationOf(request: HttpRequest): string;
  handle(request: HttpRequest, operation: string): Reply | Promise<Reply>;
  /** Its way to say that it is too busy. */
  busy(request: HttpRequest): Reply;
  /** Header lines of every answer. */
  commonHeaders(): string;
}

export async function serve(
  side: Side,
  port: number,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Server> {
  const server =
    tls === undefined
      ? createServer({ pauseOnConnect: true }, (socket) => new Connection(socket, side))
      : createTlsServer(tls, (socket) => new Connection(socket, side));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", backlog: 4096 }, resolve);
  });
  return server;
}

let second = 0;
let text = "";

/** The Date header's value, made once a second. */
export function httpDate(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    text = new Date(now * 1000).toUTCString();
  }
  return text;
}
