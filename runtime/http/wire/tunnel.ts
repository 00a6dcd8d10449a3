import { connect, type NetConnectOpts, type Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Proxy } from "../proxies.ts";
import type { Place } from "./connect.ts";
import { WireError } from "./error.ts";

const LONGEST_HEAD = 16 * 1024;

/** A way through a proxy to one place (RFC 9110, 9.3.6: CONNECT). What is written before it is open waits. */
export class Tunnel extends Duplex {
  readonly #proxy: Proxy;
  readonly #socket: Socket;
  #head = Buffer.alloc(0);
  #open = false;
  #waiting: (() => void) | undefined;

  constructor(proxy: Proxy, { host, port }: Place, way: NetConnectOpts) {
    super();
    this.#proxy = proxy;
    this.#socket = connect(way);
    const to = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    this.#socket.on("connect", () => this.#socket.write(requestFor(to, proxy)));
    this.#socket.on("data", (chunk) => this.#take(chunk));
    this.#socket.on("end", () => this.#ended());
    this.#socket.on("error", (error) => this.destroy(error));
    this.#socket.on("close", () => this.destroy());
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    const write = (): void => void this.#socket.write(chunk, done);
    if (this.#open) write();
    else this.#waiting = write;
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (!this.#open) this.#answered(chunk);
    else if (!this.push(chunk)) this.#socket.pause();
  }

  #answered(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) {
      if (this.#head.length > LONGEST_HEAD) this.#refuse("its answer to CONNECT has no end");
      return;
    }
    const [line = ""] = this.#head.toString("latin1", 0, end).split("\r\n");
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1] ?? "";
    if (!status.startsWith("2")) {
      this.#refuse(`it answered "${line}"`);
      return;
    }
    const rest = this.#head.subarray(end + 4);
    this.#open = true;
    if (rest.length > 0) this.push(rest);
    this.#waiting?.();
    this.#waiting = undefined;
  }

  #ended(): void {
    if (this.#open) this.push(null);
    else this.#refuse("it closed the connection before it answered");
  }

  #refuse(why: string): void {
    const { host, port } = this.#proxy;
    this.destroy(
      new WireError("ProxyRefused", `the proxy ${host}:${port} does not connect: ${why}`),
    );
  }
}

function requestFor(to: string, { authorization }: Proxy): string {
  const proof = authorization === undefined ? "" : `proxy-authorization: ${authorization}\r\n`;
  return `CONNECT ${to} HTTP/1.1\r\nhost: ${to}\r\n${proof}\r\n`;
}
