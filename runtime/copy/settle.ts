import { decide, decideByName, type Decision, type Policy } from "../decide/decide.ts";
import { toTargetProperties } from "../decide/headers.ts";
import { toBlobName } from "../decide/names.ts";
import { backoffMs, retryClass } from "../decide/retry.ts";
import { CloudError } from "../errors.ts";
import { wait } from "../http/attempts.ts";
import type { LedgerRecord } from "../ledger/entry.ts";
import type { Expecting, Source, SourceSide, Target } from "../stores/contract.ts";
import { streamCopy, type Bounds } from "./stream.ts";

/** One key on one target, and all that settling it needs. */
export interface Work {
  readonly key: string;
  readonly source: Source;
  readonly target: Target;
  readonly targetPrefix: string;
  readonly policy: Policy;
  readonly bounds: Bounds;
  readonly signal: AbortSignal;
  /** Between rounds. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The part of a ledger entry that settling decides. */
export type Outcome = Pick<
  LedgerRecord,
  | "state"
  | "reason"
  | "class"
  | "action"
  | "pin"
  | "size"
  | "how"
  | "checksum"
  | "name"
  | "attempts"
>;

/** What a decision's act led to: a terminal state, or the need to look again. */
type Step = { readonly outcome: Outcome } | { readonly again: unknown };

const MOST_ROUNDS = 8;
const MOST_MISMATCHES = 3;

/**
 * Brings one key to a terminal state: look at both sides, decide, act on condition; whoever loses a race, or finds the source changed, looks
 * again. Throws the CloudError that stands in the way when looking again does not help.
 */
export async function settle(work: Work): Promise<Outcome> {
  const name = toBlobName(work.key, work.targetPrefix);
  const early = decideByName(work.key, name, work.policy);
  if (early !== undefined || !name.ok)
    return withoutCopy(early, undefined, name.ok ? name.name : null, 1);
  let mismatches = 0;
  for (let round = 1; ; round += 1) {
    try {
      const step = await once(work, name.name, round, mismatches === 0 ? "continue" : "ignore");
      if ("outcome" in step) return step.outcome;
      if (round >= MOST_ROUNDS) throw step.again;
    } catch (error) {
      if (isMismatch(error)) mismatches += 1;
      const again = isMismatch(error) ? mismatches < MOST_MISMATCHES : mayDecideAgain(error);
      if (!again || round >= MOST_ROUNDS) throw error;
      await (work.pause ?? wait)(backoffMs("retry", round, Math.random), work.signal);
    }
  }
}

/** Target first, then source: so what is seen at the source is never older than what the target shows. */
async function once(
  work: Work,
  name: string,
  round: number,
  staged: "continue" | "ignore",
): Promise<Step> {
  const target = await work.target.look(name, work.signal);
  const source = await work.source.look(work.key, work.signal);
  const decision = decide(source, target, work.policy);
  if (decision.do === "copy" && source.state === "present") {
    return copyStep(work, name, round, source, decision.expecting, staged);
  }
  if (decision.do === "delete") {
    await work.target.remove(name, decision.expecting, work.signal);
    return { outcome: { ...blank(name, round), state: "deleted", reason: "absent at the source" } };
  }
  return { outcome: withoutCopy(decision, source, name, round) };
}

async function copyStep(
  work: Work,
  name: string,
  round: number,
  source: SourceSide & { state: "present" },
  expecting: Expecting,
  staged: "continue" | "ignore",
): Promise<Step> {
  const { object } = source;
  const mapped = toTargetProperties(object, work.policy.writer);
  if (!mapped.ok) {
    const refusal: Decision = { do: "refuse", class: mapped.class, reason: mapped.reason };
    return { outcome: withoutCopy(refusal, source, name, round) };
  }
  const { checksum } = await streamCopy({
    source: work.source,
    object,
    target: work.target,
    name,
    properties: mapped.properties,
    expecting,
    staged,
    bounds: work.bounds,
    signal: work.signal,
  });
  if (await deletedMeanwhile(work, expecting)) {
    return { again: goneMeanwhile(work.key) };
  }
  const { pin, size } = object;
  return {
    outcome: {
      ...blank(name, round),
      state: "copied",
      pin: pin.text,
      size,
      how: "stream",
      checksum,
    },
  };
}

/**
 * A deletion that another worker settled while this copy ran found no target to delete, and this commit, which required that there be none,
 * went through: so where deletes are mirrored the source is looked at once more after such a commit. Every later deletion has its own hint.
 */
async function deletedMeanwhile(work: Work, expecting: Expecting): Promise<boolean> {
  if (work.policy.deletes !== "mirror" || expecting.state !== "absent") return false;
  return (await work.source.look(work.key, work.signal)).state === "absent";
}

function withoutCopy(
  decision: Decision | undefined,
  source: SourceSide | undefined,
  name: string | null,
  round: number,
): Outcome {
  const object = source?.state === "present" ? source.object : undefined;
  const outcome = {
    ...blank(name, round),
    pin: object?.pin.text ?? null,
    size: object?.size ?? null,
  };
  switch (decision?.do) {
    case "unchanged":
      return { ...outcome, state: "unchanged", reason: decision.reason };
    case "skip":
      return { ...outcome, state: "skipped", reason: decision.reason };
    case "hold":
      return { ...outcome, state: "held", reason: decision.reason, class: decision.class };
    case "refuse":
      return { ...outcome, state: "failed", reason: decision.reason, class: decision.class };
    default:
      throw new Error(`No outcome for the decision ${decision?.do ?? "none"}.`);
  }
}

function blank(name: string | null, round: number): Omit<Outcome, "state"> {
  return {
    reason: null,
    class: null,
    action: null,
    pin: null,
    size: null,
    how: null,
    checksum: null,
    name,
    attempts: round,
  };
}

function isMismatch(error: unknown): boolean {
  return error instanceof CloudError && error.code === "ChecksumMismatch";
}

function mayDecideAgain(error: unknown): boolean {
  return error instanceof CloudError && retryClass(error.facts) === "re-decide";
}

function goneMeanwhile(key: string): CloudError {
  return new CloudError({
    service: "s3",
    action: "s3:GetObject",
    subject: key,
    code: "PreconditionFailed",
    status: 412,
    said: "the source was deleted while it was copied",
  });
}
