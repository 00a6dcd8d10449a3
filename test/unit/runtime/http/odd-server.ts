import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

export interface Received {
  /** Request line and headers. */
  readonly head: string;
  readonly body: Buffer;
}

/** The server's end of one connection: what came, and bytes to send that need not be HTTP. */
export class Peer {
  readonly socket: Socket;
  #chunks: Buffer[] = [];
  #length = 0;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (data: Buffer) => {
      this.#chunks.push(data);
      this.#length += data.length;
      this.#wake?.();
    });
    socket.on("close", () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  /** The next request, body and all; undefined when the client has closed. */
  async request(): Promise<Received | undefined> {
    const head = await this.head();
    if (head === undefined) return undefined;
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    if (!(await this.#until(() => this.#length >= length))) return undefined;
    return { head, body: this.#take(length) };
  }

  /** The head of the next request, its body still to come. */
  async head(): Promise<string | undefined> {
    if (!(await this.#until(() => this.#held().includes("\r\n\r\n")))) return undefined;
    return this.#take(this.#held().indexOf("\r\n\r\n") + 4).toString("latin1");
  }

  /** Sends pieces one after the other, each in a packet of its own. */
  async send(...pieces: (string | Buffer)[]): Promise<void> {
    for (const piece of pieces) {
      const bytes = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
      await new Promise<void>((done) => this.socket.write(bytes, () => done()));
      // The client runs in this process too: it reads between the two.
      await new Promise((done) => setImmediate(done));
      await new Promise((done) => setImmediate(done));
    }
  }

  #take(length: number): Buffer {
    const held = this.#held();
    this.#chunks = [held.subarray(length)];
    this.#length -= length;
    return held.subarray(0, length);
  }

  #held(): Buffer {
    const whole = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  async #until(enough: () => boolean): Promise<boolean> {
    while (!enough()) {
      if (this.#ended) return false;
      await new Promise<void>((wake) => (this.#wake = wake));
    }
    return true;
  }
}

/** A server without manners: what it does with each connection is the test's. */
export class OddServer {
  readonly #server: Server;
  readonly origin: string;
  readonly peers: Peer[] = [];
  /** What `serve` threw. */
  failed: unknown;

  private constructor(server: Server, origin: string) {
    this.#server = server;
    this.origin = origin;
  }

  /** `serve` is called with each connection and how many there were before. */
  static async start(
    serve: (peer: Peer, index: number) => Promise<void>,
    tls?: TlsOptions,
  ): Promise<OddServer> {
    const accept = (socket: Socket): void => {
      socket.setNoDelay(true);
      const peer = new Peer(socket);
      odd.peers.push(peer);
      serve(peer, odd.peers.length - 1).catch((error: unknown) => (odd.failed = error));
    };
    const server = tls === undefined ? createServer(accept) : createTlsServer(tls, accept);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const origin = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
    const odd = new OddServer(server, origin);
    return odd;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
    if (this.failed !== undefined) throw this.failed as Error;
  }
}

/** An answer of the ordinary kind. */
export function ok(body = "", headers = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
}
