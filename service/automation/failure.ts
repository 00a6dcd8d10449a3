import { withoutPlanValues, type OperationEvent } from "./events.ts";
import type { OperationFailure } from "./request.ts";

/** The engine repeats a cause as a summary line; these say nothing of their own. */
const repeats = [
  /^update failed$/i,
  /^preview failed$/i,
  /^destroy failed$/i,
  /^refresh failed$/i,
  /^resource (creation|update|deletion|monitor has)/i,
  /^an unhandled error occurred: program exited/i,
  /^unhandled exception/i,
  /^Running program .* failed with an unhandled exception/i,
];

const knownRemedies: readonly [RegExp, string, string][] = [
  [
    /violates plan:|is not allowed by the plan/,
    "plan-violated",
    "Something is not as it was when the preview was made: nothing beyond the approved plan was done. Make another preview and have that approved.",
  ],
  [
    /spawn \S*pulumi\S* ENOENT/,
    "engine-missing",
    "Set CAUSEWAY_ENGINE to the folder that holds bin/pulumi, or put pulumi on the PATH.",
  ],
  [
    /the stack is currently locked|ConcurrentUpdateError/i,
    "stack-locked",
    "Another run holds the stack. Wait for it; if its process is dead, `pulumi cancel` releases the lock.",
  ],
  [
    /BucketNotEmpty|bucket you tried to delete is not empty/i,
    "bucket-not-empty",
    "The source bucket still holds objects and is not deleted with them. Empty it, or keep it, then DELETE again.",
  ],
  [
    /AlreadyExists|AlreadyOwnedByYou|EntityAlreadyExists|already exists/,
    "already-exists",
    "Something of that name is there that the stack does not know: made by somebody else, or by an operation whose process was killed in the middle. Remove it or `pulumi import` it, then PUT the same spec again.",
  ],
  [
    /incorrect passphrase|passphrase must be set/i,
    "passphrase",
    "Start the service with the PULUMI_CONFIG_PASSPHRASE that the stack was made with.",
  ],
  [
    /secrets manager of type|stack secrets manager|open keeper/i,
    "secrets-provider",
    "The key that encrypts the stack's secrets cannot be used. See that it is enabled and that the service's identity may decrypt with it; docs/backends.md tells how a stack changes its key.",
  ],
  [
    /no stack named|failed to (read|get) .*stack reference|unknown stack/i,
    "stack-missing",
    "A stack that this one refers to does not exist; bring up the foundation first.",
  ],
];

/**
 * Finds the cause of a failed run in what the engine reported: the first error that belongs to a resource, else the first
 * error at all, else what the command itself said.
 */
export function causeOf(events: readonly OperationEvent[], commandError: string): OperationFailure {
  const errors = events.filter(
    (event): event is Extract<OperationEvent, { kind: "diagnostic" }> =>
      event.kind === "diagnostic" && event.severity === "error",
  );
  const telling = errors.filter((event) => !isRepeat(event.message));
  const failed = events.find((event) => event.kind === "resource" && event.status === "failed");
  const about = failed?.kind === "resource" ? failed.urn : undefined;
  const cause =
    telling.find((event) => event.urn === about) ?? telling[0] ?? errors[0] ?? undefined;
  const message = cause?.message ?? lastLines(withoutPlanValues(commandError));
  const quoted = /resource (urn:\S+) violates plan/.exec(message)?.[1];
  const resource = about ?? quoted ?? (isStack(cause?.urn) ? null : (cause?.urn ?? null));
  for (const [pattern, code, remedy] of knownRemedies) {
    if (pattern.test(message)) return { code, message, resource, remedy };
  }
  if (about !== undefined) {
    return {
      code: "resource-failed",
      message,
      resource: about,
      remedy: "Mend what the message names, then PUT the same spec again: what was built is kept.",
    };
  }
  return cause === undefined
    ? {
        code: "engine-failed",
        message,
        resource,
        remedy: "Read the service's log for this operation.",
      }
    : {
        code: "program-failed",
        message,
        resource,
        remedy:
          "The program refused the spec or failed; change the spec, or report this with the id.",
      };
}

/** Somebody else ended the engine: the operator, or the system for want of memory. */
export const engineDied: OperationFailure = {
  code: "engine-died",
  message: "The engine was killed.",
  resource: null,
  remedy: "PUT the spec again: the engine goes on from the state that was written.",
};

/** Whether a command of the engine was ended by a signal, as node and the Automation API say it. */
export function wasKilled(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { signal } = error as { signal?: unknown };
  return typeof signal === "string" || /\bCommand was killed with SIG[A-Z]+/.test(error.message);
}

function isRepeat(message: string): boolean {
  return repeats.some((pattern) => pattern.test(message));
}

function isStack(urn: string | null | undefined): boolean {
  return urn?.includes("::pulumi:pulumi:Stack::") === true;
}

function lastLines(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-12).join("\n").slice(-4_000) || "The engine ended without saying why.";
}
