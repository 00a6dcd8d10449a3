/** `TimedOut`, `Truncated` and `Malformed` are ours, `Closed` too: the other side ended before it answered. The rest are the socket's (`ECONNRESET`). */
export type WireCode = "TimedOut" | "Truncated" | "Malformed" | "Closed" | (string & {});

/** An exchange that came to no complete answer. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireCode;
  /** Bytes of the body that are in the caller's `into`. */
  readonly received: number | undefined;

  constructor(
    code: WireCode,
    message: string,
    options: { cause?: unknown; received?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.received = options.received;
  }
}

/** A request that must not go on the wire as it is. Nothing was sent, and sending it again cannot help. */
export class Unsendable extends Error {
  override readonly name = "Unsendable";
}

export function malformed(what: string): WireError {
  return new WireError("Malformed", `the answer is not HTTP/1.1: ${what}`);
}
