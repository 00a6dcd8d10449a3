import { retryClass } from "./decide/retry.ts";
import { BadJob, CloudError, Postponed } from "./errors.ts";
import type { Log } from "./log.ts";

/** Codes that are the pipeline's trouble whatever object met them. */
const PIPELINE_CODES: ReadonlySet<string> = new Set([
  "NoSuchBucket",
  "PermanentRedirect",
  "NoCredentials",
  "ContainerNotFound",
  "AccountIsDisabled",
  "ParameterNotFound",
]);

/** Trouble that is the pipeline's rather than one object's: who we are, where we come from, what should exist and does not. */
export function isPipelineTrouble(error: unknown): error is CloudError | BadJob {
  if (error instanceof BadJob) return true;
  if (!(error instanceof CloudError)) return false;
  const { service } = error.facts;
  if (service === "ssm" || service === "sqs" || PIPELINE_CODES.has(error.code)) return true;
  return error.denied && retryClass(error.facts) !== "hold";
}

/**
 * Writes pipeline trouble as log lines that the service gathers: `{"level":50,"problem":{"class","action","resource","message"}}`. The same
 * class and action is written once in two seconds, however many objects meet it, with how many were left out.
 */
export class Problems {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #seen = new Map<string, { at: number; leftOut: number }>();

  constructor(log: Log, now: () => number = Date.now) {
    this.#log = log;
    this.#now = now;
  }

  report(error: unknown): void {
    const problem = problemOf(error);
    const id = `${problem.class} ${problem.action}`;
    const seen = this.#seen.get(id);
    if (seen !== undefined && this.#now() - seen.at < 2_000) {
      seen.leftOut += 1;
      return;
    }
    this.#seen.set(id, { at: this.#now(), leftOut: 0 });
    const repeated = seen?.leftOut ?? 0;
    this.#log.error({ problem, ...(repeated === 0 ? {} : { repeated }) }, problem.message);
  }
}

function problemOf(error: unknown): {
  class: string;
  action: string;
  resource: string;
  message: string;
  remedy?: string;
} {
  if (error instanceof CloudError) {
    const { code, action, subject, remedy } = error.facts;
    return {
      class: code,
      action,
      resource: subject,
      message: error.message,
      ...(remedy === undefined ? {} : { remedy }),
    };
  }
  if (error instanceof Postponed) {
    return { class: error.class, action: "", resource: "", message: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    class: error instanceof BadJob ? "BadJob" : "Unexpected",
    action: "",
    resource: "",
    message,
  };
}
