import { once } from "node:events";
import type { Response } from "express";

export interface ServerSentEvent {
  /** What a client gives back as Last-Event-ID. */
  id: string;
  event: string;
  data: unknown;
}

export interface StreamTimes {
  /** A comment after so long without an event keeps proxies from closing the connection, and finds out who is gone. */
  heartbeatMs: number;
  /** A client that takes nothing for so long is let go: what it has not read waits in memory. */
  stallMs: number;
  /** A stream ends after so long without being over: its client comes back, and is asked again who it is. */
  openMs: number;
}

export const streamTimes: StreamTimes = {
  heartbeatMs: 15_000,
  stallMs: 30_000,
  openMs: 30 * 60_000,
};

/** How long a browser waits before it comes back. */
const retryMs = 1_000;

/** Server-sent events (WHATWG HTML, section 9.2), one at a time: the next waits until the connection has room. */
export class EventStream {
  readonly #response: Response;
  readonly #times: StreamTimes;
  readonly #gone = new AbortController();
  readonly #timers: NodeJS.Timeout[];
  #spoke = Date.now();

  constructor(response: Response, times: StreamTimes) {
    this.#response = response;
    this.#times = times;
    response.on("close", () => this.#over());
    this.#timers = [
      setInterval(() => this.#beat(), times.heartbeatMs / 2),
      setTimeout(() => this.end(), times.openMs),
    ];
    response.flushHeaders();
    response.write(`retry: ${retryMs}\n\n`);
  }

  /** Aborts when the client is gone, was too slow, or the stream has been ended. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when there is room for the next. Does nothing once `signal` has aborted. */
  async send({ id, event, data }: ServerSentEvent): Promise<void> {
    if (this.#gone.signal.aborted) return;
    this.#spoke = Date.now();
    // JSON has no line breaks of its own, so one data line holds it.
    const room = this.#response.write(
      `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    );
    if (room) return;
    const stalled = AbortSignal.timeout(this.#times.stallMs);
    try {
      await once(this.#response, "drain", { signal: AbortSignal.any([stalled, this.signal]) });
    } catch {
      this.#response.destroy();
      this.#over();
    }
  }

  end(): void {
    if (!this.signal.aborted) this.#response.end();
    this.#over();
  }

  #beat(): void {
    const due = Date.now() - this.#spoke >= this.#times.heartbeatMs / 2;
    if (due && !this.#response.writableNeedDrain) this.#response.write(": still here\n\n");
  }

  #over(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#gone.abort();
  }
}
