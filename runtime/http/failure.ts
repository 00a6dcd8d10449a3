import { CloudError, Interrupted, type CloudErrorFacts } from "../errors.ts";
import { Unsendable } from "./wire/error.ts";

/** What was asked, for the message of whatever goes wrong with it. */
export type Asked = Pick<CloudErrorFacts, "service" | "action" | "subject">;

/** A request that got no answer, or whose answer broke off, as a CloudError; `Interrupted` when we ended it ourselves. */
export function networkFailure(error: unknown, asked: Asked, signal: AbortSignal): Error {
  if (error instanceof CloudError || error instanceof Interrupted) return error;
  if (signal.aborted) return new Interrupted();
  if (error instanceof Unsendable) return unsendable(error, asked);
  const code = codeOf(error);
  const timedOut = code === "TimedOut" || code === "ETIMEDOUT";
  const truncated = code === "Truncated";
  const received = (error as { received?: number } | null)?.received;
  return new CloudError(
    {
      ...asked,
      code: truncated ? "Truncated" : timedOut ? "TimedOut" : "Network",
      status: 0,
      said: describe(error, code),
      ...(received === undefined ? {} : { received }),
    },
    { cause: error },
  );
}

/** No cloud has seen it, but any would refuse it, always: so it has the status of a bad request. */
function unsendable(error: Unsendable, asked: Asked): CloudError {
  const facts = { ...asked, code: "Unsendable", status: 400, said: error.message };
  return new CloudError(facts, { cause: error });
}

/** Milliseconds from a Retry-After header: seconds, or a date. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now.getTime();
  // A cloud that asks for more than a minute gets its message back later instead of a worker that waits.
  return Number.isFinite(ms) ? Math.min(60_000, Math.max(0, ms)) : undefined;
}

export function dateHeader(header: string | undefined): Date | undefined {
  const ms = header === undefined ? NaN : Date.parse(header);
  return Number.isNaN(ms) ? undefined : new Date(ms);
}

function codeOf(error: unknown): string {
  const own = (error as { code?: unknown } | null)?.code;
  if (typeof own === "string") return own;
  const cause = (error as { cause?: { code?: unknown } } | null)?.cause?.code;
  return typeof cause === "string" ? cause : "";
}

function describe(error: unknown, code: string): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.includes(code) || code === "" ? message : `${message} [${code}]`;
}
