import { isIPv6 } from "node:net";
import type { Authenticate } from "../auth/authenticate.ts";
import { RequestProblem } from "./problem.ts";

const windowMs = 60_000;
const mostAddresses = 10_000;

/**
 * How often sign-ins from an address have failed in this minute. Counted here and not in the database: what is knocked at must not grow
 * with who knocks.
 */
export class FailedSignIns {
  readonly #most: number;
  readonly #keep: number;
  /** In the order that their minutes began. */
  readonly #counts = new Map<string, { failed: number; until: number }>();

  constructor(most: number, keep = mostAddresses) {
    this.#most = most;
    this.#keep = keep;
  }

  get size(): number {
    return this.#counts.size;
  }

  /** How many seconds an address has to wait when it has failed too often; undefined when it has not. */
  note(address: string, now = Date.now()): number | undefined {
    const key = networkOf(address);
    let count = this.#counts.get(key);
    if (count === undefined || count.until <= now) {
      this.#forget(key, now);
      count = { failed: 0, until: now + windowMs };
      this.#counts.set(key, count);
    }
    count.failed += 1;
    return count.failed > this.#most
      ? Math.max(1, Math.ceil((count.until - now) / 1000))
      : undefined;
  }

  /** Makes room for one: what is over goes, and the oldest when there are too many. */
  #forget(key: string, now: number): void {
    this.#counts.delete(key);
    for (const [other, { until }] of this.#counts) {
      if (until > now && this.#counts.size < this.#keep) return;
      this.#counts.delete(other);
    }
  }
}

/** Whoever has one IPv6 address has the 2^64 around it. */
function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!isIPv6(mapped)) return mapped;
  const [head = "", tail = ""] = mapped.split("::");
  const left = head.split(":").filter((part) => part !== "");
  const right = tail.split(":").filter((part) => part !== "");
  const missing = mapped.includes("::") ? 8 - left.length - right.length : 0;
  const groups = [...left, ...Array.from({ length: missing }, () => "0"), ...right];
  return groups.slice(0, 4).join(":").toLowerCase();
}

/**
 * Answers 429 instead of 401 to an address that sends bad credentials again and again. Good ones from there are let in all the same:
 * behind one proxy there may be many people. Nothing is counted by what a token says, for that may be anybody's name.
 */
export function limitFailures(
  authenticate: Authenticate,
  most: number,
  limited: () => void,
): Authenticate {
  if (most === 0) return authenticate;
  const failures = new FailedSignIns(most);
  return async (credentials) => {
    try {
      return await authenticate(credentials);
    } catch (error) {
      if (credentials.authorization === undefined || !isUnauthorized(error)) throw error;
      const seconds = failures.note(credentials.from);
      if (seconds === undefined) throw error;
      limited();
      throw new RequestProblem(
        "rate-limited",
        `More than ${most} requests from ${credentials.from} came with credentials that are not good, in ${windowMs / 1000} seconds. Sign in again, or send them again in ${seconds} seconds; good ones are let in meanwhile.`,
        // The challenge tells a client that it is the credentials: waiting makes them no better.
        { headers: { ...error.headers, "retry-after": String(seconds) }, cause: error },
      );
    }
  };
}

function isUnauthorized(error: unknown): error is RequestProblem {
  return error instanceof RequestProblem && error.kind === "unauthorized";
}
