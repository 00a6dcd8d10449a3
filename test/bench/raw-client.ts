import { connect, type Socket } from "node:net";
import { readingInto } from "./stub/shared-buffer.ts";

/*
 * How fast the stubs answer when the client does next to nothing: requests written ahead by the handful, answers counted by their length. Run
 * on another core than the stubs.
 */

export interface Rate {
  readonly perSecond: number;
  readonly bytesPerSecond: number;
}

/** Sends `total` requests over some connections, each with a few on the way at any time. */
export async function hammer(
  port: number,
  total: number,
  request: (index: number) => string | readonly [head: string, body: Buffer],
  { connections = 8, ahead = 4 } = {},
): Promise<Rate> {
  const began = performance.now();
  const work = { next: 0, bytes: 0, total, request };
  await Promise.all(
    Array.from(
      { length: connections },
      () => new Promise<void>((done, failed) => new Client(port, ahead, work, { done, failed })),
    ),
  );
  const seconds = (performance.now() - began) / 1000;
  return { perSecond: total / seconds, bytesPerSecond: work.bytes / seconds };
}

interface Work {
  next: number;
  bytes: number;
  readonly total: number;
  readonly request: (index: number) => string | readonly [head: string, body: Buffer];
}

class Client {
  readonly #socket: Socket;
  readonly #work: Work;
  readonly #settle: { readonly done: () => void; readonly failed: (error: Error) => void };
  #waiting = 0;
  /** Bytes of the answer's body still to come. */
  #missing = 0;
  #held: Buffer | undefined;

  constructor(
    port: number,
    ahead: number,
    work: Work,
    settle: { readonly done: () => void; readonly failed: (error: Error) => void },
  ) {
    this.#work = work;
    this.#settle = settle;
    const onread = readingInto((chunk) => this.#arrived(chunk));
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true, ...onread });
    this.#socket.on("error", settle.failed);
    for (let index = 0; index < ahead; index += 1) this.#send();
  }

  #send(): void {
    if (this.#work.next >= this.#work.total) {
      if (this.#waiting === 0) this.#socket.end(this.#settle.done);
      return;
    }
    this.#waiting += 1;
    const made = this.#work.request(this.#work.next++);
    if (typeof made === "string") {
      this.#socket.write(made, "latin1");
      return;
    }
    this.#socket.cork();
    this.#socket.write(made[0], "latin1");
    this.#socket.write(made[1]);
    this.#socket.uncork();
  }

  #arrived(chunk: Buffer): void {
    this.#work.bytes += chunk.length;
    let rest = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    while (rest.length > 0) {
      if (this.#missing === 0) {
        const end = rest.indexOf("\r\n\r\n");
        if (end < 0) {
          this.#held = Buffer.from(rest);
          return;
        }
        const head = rest.toString("latin1", 0, end);
        if (!head.startsWith("HTTP/1.1 2")) this.#settle.failed(new Error(head));
        this.#missing = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        rest = rest.subarray(end + 4);
      }
      const taken = Math.min(this.#missing, rest.length);
      this.#missing -= taken;
      rest = rest.subarray(taken);
      if (this.#missing > 0) return;
      this.#waiting -= 1;
      this.#send();
    }
  }
}
