import { StringDecoder } from "node:string_decoder";
import type { Redactor } from "../redact.ts";

/** However long a secret is, no more than this of a stream waits. */
const mostHeld = 256 * 1024;

/**
 * Redacts a stream whose pieces end anywhere: what may be the beginning of a secret is held back until the next piece, or the end, tells.
 */
export class RedactedStream {
  readonly #redact: Redactor;
  readonly #decoder = new StringDecoder("utf8");
  #held = "";

  constructor(redact: Redactor) {
    this.#redact = redact;
  }

  /** @returns what can be shown by now. */
  push(chunk: Buffer | string): string {
    this.#held += typeof chunk === "string" ? chunk : this.#decoder.write(chunk);
    const kept = Math.min(this.#redact.reach(), mostHeld);
    const until = cutBefore(this.#held, this.#held.length - kept);
    if (until <= 0) return "";
    const shown = this.#held.slice(0, until);
    this.#held = this.#held.slice(until);
    return this.#cut(shown);
  }

  /** The rest, at the end of the stream. */
  end(): string {
    const rest = this.#held + this.#decoder.end();
    this.#held = "";
    return this.#redact(rest);
  }

  /** A secret that lies across the cut is found in both parts together only: then the cut is before it. */
  #cut(shown: string): string {
    const whole = this.#redact(shown + this.#held);
    const apart = this.#redact(shown);
    if (whole.startsWith(apart)) return apart;
    this.#held = shown + this.#held;
    return "";
  }
}

/**
 * Where a stream can be cut: at the end of a line, for a shape such as a token stands within one, and not within a private key. A line
 * that does not end is cut anywhere once it is too long to be kept.
 */
function cutBefore(text: string, before: number): number {
  if (before <= 0) return 0;
  const line = text.lastIndexOf("\n", before - 1) + 1;
  const key = text.lastIndexOf("-----BEGIN ", line);
  const open = key >= 0 && !text.slice(key, line).includes("-----END ");
  const cut = open ? key : line;
  return cut === 0 && before > mostHeld ? before : cut;
}
