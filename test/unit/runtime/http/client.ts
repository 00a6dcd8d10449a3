import type { HttpOptions, HttpRequest, HttpResponse } from "../../../../runtime/http/send.ts";
import { Http } from "../../../../runtime/http/send.ts";
import type { TlsOptions } from "node:tls";
import { OddServer, type Peer } from "./odd-server.ts";

export type Asking = Partial<Omit<HttpRequest, "origin">>;

export interface Pair {
  readonly server: OddServer;
  readonly ask: (request?: Asking) => Promise<HttpResponse>;
}

/** Deadlines that a test can wait for. */
export const HASTY = { sweepMs: 10, connectMs: 150, answerMs: 150, silenceMs: 150, idleMs: 150 };

const open: (() => Promise<void>)[] = [];

/** A client and a server that does with each connection what `serve` says. Both end with the test. */
export async function pair(
  serve: (peer: Peer, index: number) => Promise<void>,
  options: HttpOptions = {},
  tls?: TlsOptions,
): Promise<Pair> {
  const server = await OddServer.start(serve, tls);
  const http = new Http(options);
  open.push(async () => {
    await http.close();
    await server.close();
  });
  const { signal } = new AbortController();
  const ask = (request: Asking = {}): Promise<HttpResponse> =>
    http.send({ method: "GET", path: "/", headers: {}, signal, ...request, origin: server.origin });
  return { server, ask };
}

export async function closeAll(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

/** A client whose server answers every request with this, in pieces as given. */
export function answering(
  pieces: (string | Buffer)[],
  options: HttpOptions & { readonly thenEnd?: boolean } = {},
): Promise<Pair> {
  return pair(async (peer) => {
    while ((await peer.request()) !== undefined) {
      await peer.send(...pieces);
      if (options.thenEnd === true) peer.socket.end();
    }
  }, options);
}
