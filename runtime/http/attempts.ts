import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs, retryClass } from "../decide/retry.ts";
import { CloudError, Interrupted } from "../errors.ts";

export interface AttemptOptions {
  readonly signal: AbortSignal;
  /** How often in all, for the classes `retry` and `slow`. */
  readonly limit?: number;
  /** What is worth another attempt once, whatever the table says. */
  readonly onceMore?: (error: CloudError) => boolean;
  /** Fetches fresh credentials; true when they are others than before. Called at most twice. */
  readonly reSign?: (error: CloudError) => Promise<boolean>;
  readonly random?: () => number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly onRetry?: (error: CloudError, waitMs: number) => void;
}

/** Does it, and again where the table of errors says so: soon, later, or with fresh credentials. Every other error is thrown at once. */
export function attempts<T>(
  what: (attempt: number) => Promise<T>,
  options: AttemptOptions,
): Promise<T> {
  if (options.signal.aborted) return Promise.reject(new Interrupted());
  // Nearly all go well the first time.
  return what(1).then(undefined, (error: unknown) => moreAttempts(error, what, options));
}

async function moreAttempts<T>(
  first: unknown,
  what: (attempt: number) => Promise<T>,
  options: AttemptOptions,
): Promise<T> {
  const { signal, limit = 5, random = Math.random, pause = wait } = options;
  let reSigned = 0;
  let onceMore = options.onceMore;
  let error = first;
  for (let attempt = 1; ; attempt += 1) {
    if (!(error instanceof CloudError)) throw error;
    const kind = retryClass(error.facts);
    if (kind === "re-sign" && reSigned < 2 && (await options.reSign?.(error)) === true) {
      reSigned += 1;
    } else if (onceMore?.(error) === true) {
      onceMore = undefined;
    } else {
      if ((kind !== "retry" && kind !== "slow") || attempt >= limit) throw error;
      const { retryAfterMs } = error.facts;
      const ms =
        attempt === 1 && brokeOff(error) ? 0 : backoffMs(kind, attempt, random, retryAfterMs);
      options.onRetry?.(error, ms);
      if (ms > 0) await pause(ms, signal);
    }
    if (signal.aborted) throw new Interrupted();
    try {
      return await what(attempt + 1);
    } catch (next) {
      error = next;
    }
  }
}

/** Bytes were coming: whoever sent them is neither busy nor gone, and there is nothing to wait for. Once. */
function brokeOff({ code, facts }: CloudError): boolean {
  return code === "Truncated" && (facts.received ?? 0) > 0;
}

/** Waits, or throws `Interrupted` as soon as the signal says so. */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw new Interrupted();
  }
}
