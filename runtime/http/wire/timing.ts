/** How long things may take, in milliseconds. */
export interface Timing {
  /** From the name to an open connection, TLS included. */
  readonly connectMs: number;
  /** Until an answer begins, where the request does not say; the longest standstill of a request's body too. */
  readonly answerMs: number;
  /** Silence inside an answer. */
  readonly silenceMs: number;
  /** How long a connection is kept without work. */
  readonly idleMs: number;
  /** How often deadlines are looked at: nothing is more precise than this. */
  readonly sweepMs: number;
}

export const TIMING: Timing = {
  connectMs: 5_000,
  answerMs: 60_000,
  silenceMs: 30_000,
  idleMs: 15_000,
  sweepMs: 250,
};

/**
 * Counts sweeps. Deadlines are compared with it rather than with the time of day: no timer per request, and a process that was stopped for a minute
 * finds its answers waiting instead of its requests expired.
 */
export class Clock {
  readonly #sweepMs: number;
  tick = 0;

  constructor(sweepMs: number) {
    this.#sweepMs = sweepMs;
  }

  /** In ticks; never shorter than asked for. */
  ticks(ms: number): number {
    return Math.ceil(ms / this.#sweepMs) + 1;
  }
}
