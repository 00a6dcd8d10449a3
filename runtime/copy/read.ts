import { backoffMs, retryClass } from "../decide/retry.ts";
import { CloudError } from "../errors.ts";
import { wait } from "../http/attempts.ts";
import type { Pin, Range, Source } from "../stores/contract.ts";

const MOST_FAILURES = 5;

/** What a copy reads from. */
export interface Reading {
  readonly source: Source;
  readonly key: string;
  readonly pin: Pin;
  /** Told of all bytes that came, those of reads that broke off included. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * One range into the beginning of `into`. A read that breaks off goes on from the byte it had reached: nothing that arrived is asked for again.
 */
export async function readInto(
  reading: Reading,
  range: Range,
  into: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const { source, key, pin, onBytes } = reading;
  let at = range.start;
  for (let failures = 0; at < range.end;) {
    const rest = at === range.start ? range : { start: at, end: range.end };
    const place = into.subarray(at - range.start, range.end - range.start);
    try {
      await source.read(key, pin, rest, place, signal);
      onBytes(range.end - at);
      return;
    } catch (error) {
      const received = receivedOf(error, range.end - at);
      onBytes(received);
      at += received;
      failures = received > 0 ? 1 : failures + 1;
      await pauseOrThrow(error, failures, signal);
    }
  }
}

function receivedOf(error: unknown, most: number): number {
  if (!(error instanceof CloudError)) return 0;
  return Math.max(0, Math.min(most, error.facts.received ?? 0));
}

async function pauseOrThrow(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
  if (!(error instanceof CloudError)) throw error;
  const kind = retryClass(error.facts);
  if ((kind !== "retry" && kind !== "slow") || failures >= MOST_FAILURES) throw error;
  await wait(backoffMs(kind, failures, Math.random, error.facts.retryAfterMs), signal);
}
