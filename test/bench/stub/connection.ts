import type { Socket } from "node:net";
import { Content, NO_BYTES, Receiver } from "./content.ts";
import type { Fault } from "./conditions.ts";
import { HttpRequest, parseHead, type Head } from "./request.ts";
import { rebuilt } from "./shared-buffer.ts";
import type { Side } from "./side.ts";

/** `headers`: whole lines, each ended by CRLF. A body of a HEAD is counted but not sent. */
export interface Reply {
  readonly status: number;
  readonly headers?: string;
  readonly body?: string | Buffer | Content;
}

const HEAD_END = Buffer.from("\r\n\r\n");
/** Answers up to this are one write with their head. */
const SMALL = 64 * 1024;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/**
 * One connection: reads a request, has it answered, reads the next. Written on the socket itself because node:http takes several times as
 * long for a request. Requests that were sent ahead wait in `#pending`.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #side: Side;
  #pending: Buffer | undefined;
  #head: Head | undefined;
  #receiver: Receiver | undefined;
  /** Bytes of the body, or of its current chunk, still to come. */
  #remaining = 0;
  #chunked = false;
  #received = 0;
  #began = 0;
  #busy = false;
  #first = true;

  constructor(accepted: Socket, side: Side) {
    const take = (chunk: Buffer) => this.#arrived(chunk);
    const socket = rebuilt(accepted, take);
    this.#socket = socket;
    this.#side = side;
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    side.counters.counted.connections += 1;
  }

  #arrived(chunk: Buffer): void {
    if (this.#busy) {
      this.#keep(chunk);
      if ((this.#pending?.length ?? 0) > SMALL) this.#socket.pause();
      return;
    }
    this.#read(this.#pending === undefined ? chunk : this.#joined(chunk));
  }

  #keep(chunk: Buffer): void {
    // Copied: what was read into is read into again.
    this.#pending = Buffer.concat(this.#pending === undefined ? [chunk] : [this.#pending, chunk]);
  }

  #joined(chunk: Buffer): Buffer {
    this.#keep(chunk);
    const all = this.#pending ?? chunk;
    this.#pending = undefined;
    return all;
  }

  #read(chunk: Buffer): void {
    let rest = chunk;
    if (this.#head === undefined) {
      const end = rest.indexOf(HEAD_END);
      if (end < 0) {
        this.#pending = Buffer.from(rest);
        return;
      }
      this.#begin(parseHead(rest.toString("latin1", 0, end)));
      rest = rest.subarray(end + 4);
    }
    const after = this.#chunked ? this.#readChunks(rest) : this.#readBody(rest);
    if (after === undefined) return;
    if (after.length > 0) this.#pending = Buffer.from(after);
    this.#finish();
  }

  #begin(head: Head): void {
    this.#head = head;
    this.#remaining = Number(head.headers.get("content-length") ?? 0);
    this.#chunked = head.headers.get("transfer-encoding")?.toLowerCase() === "chunked";
    this.#receiver = this.#remaining > 0 || this.#chunked ? new Receiver() : undefined;
    this.#received = 0;
    this.#began = this.#side.weather.conditions.bytesPerSecond > 0 ? performance.now() : 0;
    if (head.headers.get("expect")?.toLowerCase() === "100-continue") {
      const { rttMs } = this.#side.weather.conditions;
      if (rttMs === 0) this.#socket.write(CONTINUE);
      else setTimeout(() => this.#socket.write(CONTINUE), rttMs);
    }
  }

  /** What follows the body; undefined when it has not all come. */
  #readBody(rest: Buffer): Buffer | undefined {
    const taken = Math.min(rest.length, this.#remaining);
    this.#take(taken === rest.length ? rest : rest.subarray(0, taken));
    this.#remaining -= taken;
    return this.#remaining > 0 ? undefined : rest.subarray(taken);
  }

  #readChunks(whole: Buffer): Buffer | undefined {
    let rest = whole;
    for (;;) {
      if (this.#remaining > 2) {
        const taken = Math.min(rest.length, this.#remaining - 2);
        this.#take(rest.subarray(0, taken));
        this.#remaining -= taken;
        rest = rest.subarray(taken);
        if (rest.length === 0) return undefined;
      }
      // The CRLF that ends a chunk.
      const skipped = Math.min(rest.length, this.#remaining);
      this.#remaining -= skipped;
      rest = rest.subarray(skipped);
      if (this.#remaining > 0) return undefined;
      const line = rest.indexOf("\r\n");
      const size = line < 0 ? -1 : parseInt(rest.toString("latin1", 0, line), 16);
      if (size < 0 || (size === 0 && rest.length < line + 4)) {
        this.#pending = rest.length > 0 ? Buffer.from(rest) : undefined;
        return undefined;
      }
      if (size === 0) return rest.subarray(line + 4);
      this.#remaining = size + 2;
      rest = rest.subarray(line + 2);
    }
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#receiver?.take(bytes);
    this.#received += bytes.length;
    const rate = this.#side.weather.conditions.bytesPerSecond;
    if (rate === 0) return;
    const early = this.#began + (this.#received / rate) * 1000 - performance.now();
    if (early < 1) return;
    this.#socket.pause();
    setTimeout(() => this.#socket.resume(), early);
  }

  #finish(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#busy = true;
    this.#head = undefined;
    const request = new HttpRequest(head, this.#receiver?.content() ?? NO_BYTES);
    const operation = this.#side.operationOf(request);
    this.#side.counters.request(operation, this.#received);
    const fault = this.#side.weather.fault(operation);
    if (fault !== undefined) this.#side.counters.fault(fault);
    const { rttMs, connectMs } = this.#side.weather.conditions;
    const delay = rttMs + (this.#first ? connectMs : 0);
    this.#first = false;
    if (delay === 0) this.#answer(request, operation, fault);
    else setTimeout(() => this.#answer(request, operation, fault), delay);
  }

  #answer(request: HttpRequest, operation: string, fault: Fault | undefined): void {
    if (fault === "reset") {
      this.#socket.resetAndDestroy();
      return;
    }
    const reply =
      fault === "busy" ? this.#side.busy(request) : this.#side.handle(request, operation);
    if (!(reply instanceof Promise)) {
      this.#send(request, reply, fault);
      return;
    }
    reply.then(
      (answer) => this.#send(request, answer, fault),
      (error: unknown) => {
        console.error(error);
        this.#socket.destroy();
      },
    );
  }

  #send(request: HttpRequest, reply: Reply, fault: Fault | undefined): void {
    if (fault === "reset-late") {
      this.#socket.resetAndDestroy();
      return;
    }
    this.#side.counters.status(reply.status);
    const body =
      typeof reply.body === "string" ? Buffer.from(reply.body, "utf8") : (reply.body ?? NO_BYTES);
    const head = `HTTP/1.1 ${reply.status} ${REASONS[reply.status] ?? "Status"}\r\n${this.#side.commonHeaders()}${reply.headers ?? ""}Content-Length: ${body.length}\r\n\r\n`;
    const close = request.header("connection")?.toLowerCase() === "close";
    const sent = request.method === "HEAD" ? NO_BYTES : body;
    if (fault === "truncate" && sent.length > 0) {
      const half = sent.length >> 1;
      void this.#sendBig(
        head,
        sent instanceof Content ? sent.slice(0, half) : sent.subarray(0, half),
      ).then(() => this.#socket.end());
      return;
    }
    if (sent.length > SMALL || this.#side.weather.conditions.bytesPerSecond > 0) {
      void this.#sendBig(head, sent).then(() => this.#done(close));
      return;
    }
    this.#side.counters.counted.bytesOut += sent.length;
    this.#socket.write(together(head, sent));
    this.#done(close);
  }

  async #sendBig(head: string, body: Buffer | Content): Promise<void> {
    this.#socket.write(head, "latin1");
    const began = performance.now();
    let sent = 0;
    for (const piece of body instanceof Content ? body.pieces() : [body]) {
      for (const slice of this.#slices(piece)) {
        if (this.#socket.destroyed) return;
        sent += slice.length;
        await this.#due(began, sent);
        this.#side.counters.counted.bytesOut += slice.length;
        if (!this.#socket.write(slice)) await drained(this.#socket);
      }
    }
  }

  /** Where there is a rate: what passes in 20 ms. */
  *#slices(piece: Buffer): Generator<Buffer> {
    const rate = this.#side.weather.conditions.bytesPerSecond;
    const step = rate === 0 ? piece.length : Math.max(1024, Math.round(rate / 50));
    for (let at = 0; at < piece.length; at += step) yield piece.subarray(at, at + step);
  }

  async #due(began: number, sent: number): Promise<void> {
    const rate = this.#side.weather.conditions.bytesPerSecond;
    if (rate === 0) return;
    const early = began + (sent / rate) * 1000 - performance.now();
    if (early >= 1) await new Promise((resolve) => setTimeout(resolve, early));
  }

  #done(close: boolean): void {
    if (close) {
      this.#socket.end();
      return;
    }
    this.#busy = false;
    if (this.#socket.isPaused()) this.#socket.resume();
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    // Not from here: requests that were sent ahead would pile up on the stack.
    setImmediate(() => this.#arrived(pending));
  }
}

function together(head: string, body: Buffer | Content): Buffer {
  const whole = Buffer.allocUnsafe(head.length + body.length);
  let at = whole.write(head, 0, "latin1");
  if (!(body instanceof Content)) body.copy(whole, at);
  else for (const piece of body.pieces()) at += piece.copy(whole, at);
  return whole;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      socket.off("drain", go);
      socket.off("close", go);
      resolve();
    };
    socket.on("drain", go);
    socket.on("close", go);
  });
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  206: "Partial Content",
  304: "Not Modified",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  412: "Precondition Failed",
  416: "Range Not Satisfiable",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
};
