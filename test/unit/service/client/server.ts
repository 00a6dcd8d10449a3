import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Answers each request with the next of these; the last stays. */
export type Script = (request: Seen, response: ServerResponse) => void;

/** A server that does what a test says, and writes down what it was asked. */
export async function scripted(...scripts: Script[]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = "", url = "", headers } = request;
      const one = { method, url, headers, body };
      seen.push(one);
      scripts[Math.min(seen.length, scripts.length) - 1]?.(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Script {
  return (_request, response) =>
    response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify(body));
}

export function problem(status: number, kind: string, headers: Record<string, string> = {}) {
  const document = {
    type: `urn:causeway:problem:${kind}`,
    title: kind,
    status,
    detail: `no: ${kind}`,
  };
  return json(status, document, { "content-type": "application/problem+json", ...headers });
}
