import type { HttpResponse } from "../send.ts";
import { Chunked } from "./chunked.ts";
import { malformed } from "./error.ts";
import { EMPTY, Gather } from "./gather.ts";
import { CHUNKED, framing, parseHead, UNTIL_CLOSE, type Head, type Layout } from "./head.ts";

/** Longest head of an answer, in bytes. */
const HEAD_LIMIT = 64 * 1024;
/** Longest body of an error where the caller's buffer is not for it. */
const ERROR_LIMIT = 1024 * 1024;
const DEFAULT_LIMIT = 64 * 1024 * 1024;
const HEAD_END = Buffer.from("\r\n\r\n");

/** What an answer is read for. */
export interface Wanted {
  readonly method: string;
  readonly into?: Buffer | undefined;
  readonly limit?: number | undefined;
}

/** Reads one answer after another from the bytes of a connection, however they are cut. Knows no sockets. */
export class AnswerReader {
  #wanted: Wanted = { method: "GET" };
  #stage: "head" | "body" | "done" = "done";
  #head: Head | undefined;
  /** Of the answer before. */
  readonly #layout: Layout = [];
  /** The beginning of a head whose end has not come. */
  #begun: Buffer = EMPTY;
  /** Where a body of known length goes, from `#at` to `#end`. */
  #place: Buffer = EMPTY;
  #at = 0;
  #end = 0;
  #space: Buffer | undefined;
  /** Where a body goes that is not placed. */
  #gather: Gather | undefined;
  #chunked: Chunked | undefined;
  #tooLong = false;
  #intoUsed = false;
  /** Any byte has come. */
  touched = false;
  /** The connection is fit for another request when this answer is done. */
  reusable = false;

  begin(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#stage = "head";
    this.#head = undefined;
    this.#begun = EMPTY;
    this.#gather = undefined;
    this.#chunked = undefined;
    this.#tooLong = false;
    this.#intoUsed = false;
    this.touched = false;
    this.reusable = false;
  }

  get inBody(): boolean {
    return this.#stage === "body";
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#head?.headers ?? {};
  }

  /** Bytes of the body that are in the caller's buffer; undefined when it is not used. */
  get received(): number | undefined {
    if (!this.#intoUsed) return undefined;
    return this.#gather?.length ?? this.#at;
  }

  /** Where the socket should put the next bytes so that nobody has to copy them. */
  space(): Buffer | undefined {
    if (this.#stage !== "body" || this.#gather !== undefined) return (this.#space = undefined);
    return (this.#space = this.#place.subarray(this.#at, this.#end));
  }

  /** Takes the first `length` of these bytes; true when the answer is complete. Throws a WireError when it is none. */
  feed(bytes: Buffer, length: number): boolean {
    this.touched = true;
    if (this.#stage === "head") return this.#feedHead(bytes, length);
    return this.#feedBody(bytes, 0, length);
  }

  /** The other side has ended; true when that completes the answer. */
  endOfInput(): boolean {
    const ended = this.#stage === "body" && this.#gather !== undefined && !this.#chunked;
    if (ended) this.#stage = "done";
    return ended;
  }

  /** The answer, when it is complete. */
  response(connectMs = 0): HttpResponse {
    if (this.#head === undefined) throw new Error("the answer is not complete");
    const body = this.#tooLong ? EMPTY : (this.#gather?.bytes() ?? this.#placed());
    this.#place = EMPTY;
    this.#gather = undefined;
    return new Answer(this.#head, body, this.#tooLong, connectMs);
  }

  #feedHead(bytes: Buffer, length: number): boolean {
    let at = 0;
    let all = bytes;
    let end = length;
    if (this.#begun.length > 0) {
      all = Buffer.concat([this.#begun, bytes.subarray(0, length)]);
      end = all.length;
    }
    for (;;) {
      const headEnd = all.indexOf(HEAD_END, at);
      // Beyond `end` lie bytes of other answers.
      if (headEnd < 0 || headEnd + 4 > end) return this.#keep(all, at, end);
      if (headEnd - at > HEAD_LIMIT) throw malformed("its head is too long");
      const head = parseHead(all.toString("latin1", at, headEnd), this.#layout);
      at = headEnd + 4;
      if (head.status === 101) throw malformed("it changes the protocol");
      if (head.status >= 200) {
        this.#begun = EMPTY;
        this.#openBody(head);
        return this.#feedBody(all, at, end);
      }
    }
  }

  #keep(bytes: Buffer, start: number, end: number): false {
    if (end - start > HEAD_LIMIT) throw malformed("its head is too long");
    this.#begun = Buffer.from(bytes.subarray(start, end));
    return false;
  }

  #openBody(head: Head): void {
    const { method, into, limit } = this.#wanted;
    this.#head = head;
    this.#stage = "body";
    this.reusable = head.persistent;
    const length = framing(method, head);
    const wanted = head.status === 200 || head.status === 206;
    const place = wanted ? into : undefined;
    const most = place?.length ?? limit ?? (into === undefined ? DEFAULT_LIMIT : ERROR_LIMIT);
    this.#intoUsed = place !== undefined;
    this.#at = 0;
    this.#end = 0;
    if (length === CHUNKED) this.#chunked = new Chunked();
    if (length === UNTIL_CLOSE) this.reusable = false;
    if (length > most) this.#tooLong = true;
    else if (length < 0) this.#gather = new Gather(place, most);
    else {
      this.#end = length;
      this.#place = place ?? (length === 0 ? EMPTY : Buffer.allocUnsafe(length));
    }
  }

  #feedBody(bytes: Buffer, start: number, end: number): boolean {
    if (this.#tooLong) return this.#complete(false);
    if (this.#gather !== undefined) return this.#feedGather(this.#gather, bytes, start, end);
    const to = Math.min(end, start + this.#end - this.#at);
    if (bytes !== this.#space && to > start) this.#copy(bytes, start, to);
    this.#at += to - start;
    if (this.#at < this.#end) return false;
    // More than was announced belongs to nobody.
    return this.#complete(to === end);
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    bytes.copy(this.#place, this.#at, start, end);
  }

  #feedGather(gather: Gather, bytes: Buffer, start: number, end: number): boolean {
    if (this.#chunked === undefined) {
      if (gather.add(bytes, start, end)) return false;
      this.#tooLong = true;
      return this.#complete(false);
    }
    const to = this.#chunked.feed(bytes, start, end, (from, a, b) => {
      this.#tooLong = !gather.add(from, a, b);
      return !this.#tooLong;
    });
    if (this.#tooLong) return this.#complete(false);
    return this.#chunked.done && this.#complete(to === end);
  }

  #complete(clean: boolean): true {
    this.#stage = "done";
    if (!clean) this.reusable = false;
    return true;
  }

  #placed(): Buffer {
    return this.#end === this.#place.length ? this.#place : this.#place.subarray(0, this.#end);
  }
}

class Answer implements HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly tooLong?: true;
  readonly connectMs: number;

  constructor({ status, headers }: Head, body: Buffer, tooLong: boolean, connectMs: number) {
    this.status = status;
    this.headers = headers;
    this.body = body;
    this.connectMs = connectMs;
    if (tooLong) this.tooLong = true;
  }

  text(): string {
    return this.body.toString("utf8");
  }
}
