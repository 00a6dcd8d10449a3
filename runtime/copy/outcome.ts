import type { Decision } from "../decide/decide.ts";
import { retryClass } from "../decide/retry.ts";
import { CloudError, type Postponed } from "../errors.ts";
import { scrub } from "../secrets.ts";
import type { SourceObject } from "../stores/contract.ts";
import type { Copied } from "./copy.ts";
import type { Progress } from "./progress.ts";
import type { Outcome, PlacedTarget } from "./work.ts";

export function copiedOutcome(
  object: SourceObject,
  name: string,
  progress: Progress,
  copied: Copied,
): Outcome {
  return {
    state: "copied",
    reason: null,
    class: null,
    action: null,
    pin: object.pin.text,
    size: object.size,
    modified: object.modified,
    how: copied.how,
    why: copied.how === "stream" ? (progress.why ?? null) : null,
    bytesRead: progress.bytesRead,
    checksum: copied.checksum,
    name,
    attempts: progress.round,
  };
}

/** The terminal state that a decision other than to copy leads to. */
export function withoutCopy(
  decision: Decision | undefined,
  object: SourceObject | undefined,
  name: string | null,
  progress: Progress,
): Outcome {
  const outcome = {
    reason: decision?.reason ?? null,
    class: null,
    action: null,
    pin: object?.pin.text ?? null,
    size: object?.size ?? null,
    modified: object?.modified ?? null,
    how: null,
    why: null,
    bytesRead: progress.bytesRead,
    checksum: null,
    name,
    attempts: progress.round,
  } as const;
  switch (decision?.do) {
    case "unchanged":
      return { ...outcome, state: "unchanged" };
    case "skip":
      return { ...outcome, state: "skipped" };
    case "delete":
      return { ...outcome, state: "deleted" };
    case "hold":
    case "restore":
      return { ...outcome, state: "held", class: decision.class };
    case "refuse":
      return { ...outcome, state: "failed", class: decision.class };
    default:
      throw new Error(`No outcome for the decision ${decision?.do ?? "none"}.`);
  }
}

/** Held until it may be copied. */
export function waiting(error: Postponed, key: string, target: PlacedTarget): Outcome {
  return { ...troubled(error, key, target, 1), state: "held", class: error.class };
}

/** What an outcome tells of a copy, where there was none. */
export const NO_COPY = {
  pin: null,
  modified: null,
  how: null,
  why: null,
  bytesRead: null,
  checksum: null,
} as const;

/** Held or failed: the terminal state that an error leads to when nobody tries again. */
export function troubled(
  error: unknown,
  key: string,
  target: PlacedTarget,
  attempts: number,
): Outcome {
  const known = error instanceof CloudError ? error : undefined;
  const name = target.mapping.name(key);
  const held = known !== undefined && retryClass(known.facts) === "hold";
  return {
    state: held ? "held" : "failed",
    reason: scrub(error instanceof Error ? error.message : String(error)),
    class: known?.code ?? "Unexpected",
    action: known?.facts.action ?? null,
    ...NO_COPY,
    size: null,
    name: name.ok ? name.name : null,
    attempts,
  };
}
