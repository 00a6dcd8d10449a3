import { malformed } from "./error.ts";

/** Longest line of a chunk's size (with extensions) or of a trailer, in bytes. */
const LINE = 8 * 1024;

/** Takes a chunked body apart, however its bytes are cut. RFC 9112, 7.1. */
export class Chunked {
  /** Of the chunk that is being read. */
  #left = 0;
  #line = "";
  #expects: "size" | "data" | "dataEnd" | "trailer" = "size";
  done = false;

  /** Hands runs of body bytes to `take` until it says no. Returns where the body ended, else `end`. */
  feed(
    bytes: Buffer,
    start: number,
    end: number,
    take: (bytes: Buffer, start: number, end: number) => boolean,
  ): number {
    let at = start;
    while (at < end && !this.done) {
      if (this.#expects === "data") {
        const to = Math.min(end, at + this.#left);
        if (!take(bytes, at, to)) return at;
        this.#left -= to - at;
        at = to;
        if (this.#left === 0) this.#expects = "dataEnd";
      } else {
        at = this.#readLine(bytes, at, end);
      }
    }
    return at;
  }

  #readLine(bytes: Buffer, start: number, end: number): number {
    const feed = bytes.indexOf(0x0a, start);
    const to = feed < 0 || feed >= end ? end : feed + 1;
    this.#line += bytes.toString("latin1", start, to);
    if (this.#line.length > LINE) throw malformed("a chunk's line is too long");
    if (this.#line.endsWith("\n")) {
      if (!this.#line.endsWith("\r\n")) throw malformed("a chunk's line ends without CR");
      const line = this.#line.slice(0, -2);
      this.#line = "";
      this.#understand(line);
    }
    return to;
  }

  #understand(line: string): void {
    if (this.#expects === "dataEnd") {
      if (line !== "") throw malformed("a chunk is longer than it said");
      this.#expects = "size";
    } else if (this.#expects === "trailer") {
      this.done = line === "";
    } else {
      const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[^\r]*)?$/.exec(line)?.[1];
      if (size === undefined) throw malformed("a chunk has no size");
      this.#left = parseInt(size, 16);
      this.#expects = this.#left === 0 ? "trailer" : "data";
    }
  }
}
