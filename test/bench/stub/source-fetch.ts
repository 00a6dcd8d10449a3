import { connect, type Socket } from "node:net";
import { Receiver, type Content } from "./content.ts";
import { parseHead } from "./request.ts";

export interface Fetched {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly content: Content;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** GETs over loopback for Put Blob/Block From URL, on kept connections: what the cloud's own network does. */
export class SourceFetch {
  readonly #idle = new Map<number, Socket[]>();

  /** `port`: where on loopback. `onBytes`: told as the body arrives. */
  async get(
    port: number,
    url: URL,
    headers: string,
    onBytes: (count: number) => void,
  ): Promise<Fetched> {
    const socket = this.#socket(port);
    const head = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n${headers}\r\n`;
    try {
      const fetched = await exchange(socket, head, onBytes);
      this.#keep(port, socket);
      return fetched;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  #socket(port: number): Socket {
    for (;;) {
      const kept = this.#idle.get(port)?.pop();
      if (kept === undefined) break;
      if (!kept.destroyed && kept.writable) return kept;
    }
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    // While it is idle nobody else listens.
    socket.on("error", () => socket.destroy());
    return socket;
  }

  #keep(port: number, socket: Socket): void {
    const idle = this.#idle.get(port);
    if (idle === undefined) this.#idle.set(port, [socket]);
    else idle.push(socket);
  }
}

function exchange(
  socket: Socket,
  request: string,
  onBytes: (count: number) => void,
): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    let pending: Buffer | undefined;
    let head: ReturnType<typeof parseHead> | undefined;
    let remaining = 0;
    const receiver = new Receiver();
    const settle = (outcome: () => void) => {
      socket.off("data", data);
      socket.off("error", failed);
      socket.off("close", closed);
      outcome();
    };
    const failed = (error: Error) => settle(() => reject(error));
    const closed = () => settle(() => reject(new Error("The source closed the connection")));
    const data = (chunk: Buffer) => {
      let rest = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
      pending = undefined;
      if (head === undefined) {
        const end = rest.indexOf(HEAD_END);
        if (end < 0) {
          pending = rest;
          return;
        }
        head = parseHead(rest.toString("latin1", 0, end));
        remaining = Number(head.headers.get("content-length") ?? 0);
        rest = rest.subarray(end + 4);
      }
      remaining -= rest.length;
      receiver.take(rest);
      if (rest.length > 0) onBytes(rest.length);
      if (remaining > 0) return;
      const { target, headers } = head;
      settle(() =>
        resolve({
          status: Number(target),
          header: (name) => headers.get(name),
          content: receiver.content(),
        }),
      );
    };
    socket.on("data", data);
    socket.on("error", failed);
    socket.on("close", closed);
    socket.write(request, "latin1");
  });
}
