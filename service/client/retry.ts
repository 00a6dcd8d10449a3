/** Retries of one call; what has been tried so often has to be somebody's decision. */
export const mostAttempts = 5;
const firstPauseMs = 250;
const longestPauseMs = 60_000;

/**
 * How long to wait before the same request is sent again, or undefined when that would not help. Every change carries an idempotency key or
 * is idempotent, so that sending it again is safe. A 503 of the service's own without Retry-After tells a state ("not built yet"), not a moment.
 */
export function pauseBefore(
  attempt: number,
  answer: Pick<Response, "status" | "headers"> | undefined,
  random: () => number = Math.random,
  now: number = Date.now(),
): number | undefined {
  if (attempt >= mostAttempts) return undefined;
  const backOff = firstPauseMs * 2 ** (attempt - 1) * (0.5 + random());
  if (answer === undefined) return backOff;
  const { status, headers } = answer;
  // The credentials are not good, and are not good later either.
  if (headers.has("www-authenticate")) return undefined;
  const asked = retryAfterMs(headers.get("retry-after"), now);
  if (status === 429 || status === 503) {
    if (asked !== undefined) return asked > longestPauseMs ? undefined : Math.max(asked, backOff);
    const ours = headers.get("content-type")?.startsWith("application/problem+json") === true;
    return status === 503 && ours ? undefined : backOff;
  }
  return status === 502 || status === 504 ? backOff : undefined;
}

/** Retry-After is seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
