import { connect, type Socket } from "node:net";
import { Receiver, type Content } from "./content.ts";
import { parseHead, type Head } from "./request.ts";
import { readingInto } from "./shared-buffer.ts";

export interface Fetched {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly content: Content;
}

const HEAD_END = Buffer.from("\r\n\r\n");

/** GETs over loopback for Put Blob/Block From URL, on kept connections: what the cloud's own network does. */
export class SourceFetch {
  readonly #idle = new Map<number, SourceConnection[]>();

  /** `port`: where on loopback. `onBytes`: told as the body arrives. */
  async get(
    port: number,
    url: URL,
    headers: string,
    onBytes: (count: number) => void,
  ): Promise<Fetched> {
    const connection = this.#connection(port);
    const head = `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n${headers}\r\n`;
    const fetched = await connection.exchange(head, onBytes);
    const idle = this.#idle.get(port);
    if (idle === undefined) this.#idle.set(port, [connection]);
    else idle.push(connection);
    return fetched;
  }

  #connection(port: number): SourceConnection {
    for (;;) {
      const kept = this.#idle.get(port)?.pop();
      if (kept === undefined) return new SourceConnection(port);
      if (kept.usable) return kept;
    }
  }
}

interface Exchange {
  readonly resolve: (fetched: Fetched) => void;
  readonly reject: (error: Error) => void;
  readonly onBytes: (count: number) => void;
  readonly receiver: Receiver;
}

class SourceConnection {
  readonly #socket: Socket;
  #exchange: Exchange | undefined;
  #pending: Buffer | undefined;
  #head: Head | undefined;
  #remaining = 0;

  constructor(port: number) {
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      ...readingInto((chunk) => this.#arrived(chunk)),
    });
    this.#socket.on("error", (error) => this.#exchange?.reject(error));
    this.#socket.on("close", () => this.#exchange?.reject(new Error("The source hung up")));
  }

  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  exchange(request: string, onBytes: (count: number) => void): Promise<Fetched> {
    return new Promise((resolve, reject) => {
      this.#exchange = { resolve, reject, onBytes, receiver: new Receiver() };
      this.#socket.write(request, "latin1");
    });
  }

  #arrived(chunk: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === undefined) return;
    let rest = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = undefined;
    if (this.#head === undefined) {
      const end = rest.indexOf(HEAD_END);
      if (end < 0) {
        this.#pending = Buffer.from(rest);
        return;
      }
      this.#head = parseHead(rest.toString("latin1", 0, end));
      this.#remaining = Number(this.#head.headers.get("content-length") ?? 0);
      rest = rest.subarray(end + 4);
    }
    this.#remaining -= rest.length;
    exchange.receiver.take(rest);
    if (rest.length > 0) exchange.onBytes(rest.length);
    if (this.#remaining > 0) return;
    // A status line read as a request line: the target is the status.
    const { target, headers } = this.#head;
    this.#head = undefined;
    this.#exchange = undefined;
    exchange.resolve({
      status: Number(target),
      header: (name) => headers.get(name),
      content: exchange.receiver.content(),
    });
  }
}
