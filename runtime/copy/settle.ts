import { decide, decideByName, type Decision } from "../decide/decide.ts";
import { backoffMs, retryClass } from "../decide/retry.ts";
import { CloudError } from "../errors.ts";
import { wait } from "../http/attempts.ts";
import type { Expecting, SourceObject, SourceSide, TargetSide } from "../stores/contract.ts";
import { copyObject } from "./copy.ts";
import { lookAtSource, type Looked } from "./look.ts";
import { copiedOutcome, withoutCopy } from "./outcome.ts";
import { newProgress, type Progress } from "./progress.ts";
import { reserve } from "./reserve.ts";
import type { Outcome, Work } from "./work.ts";

export type { Candidate, Means, Outcome, PlacedTarget, Rate, Work } from "./work.ts";

const MOST_ROUNDS = 8;
const MOST_MISMATCHES = 3;
/** Rounds that follow at once: a lost race or a new version is seen by looking again. */
const QUICK_ROUNDS = 3;

/** What a decision's act led to: a terminal state, or the need to look again. */
type Step = { readonly outcome: Outcome } | { readonly again: CloudError };

/**
 * Brings one key to a terminal state: look at both sides, decide, act on condition; whoever loses a race, or finds the source changed, looks
 * again. Throws the CloudError that stands in the way when looking again does not help (`troubled` makes an outcome of it), and `Interrupted`.
 */
export function settle(work: Work): Promise<Outcome> {
  const { candidate, target, policy } = work;
  const name = target.mapping.name(candidate.key);
  const early = decideByName(candidate.key, name, policy);
  const progress = newProgress();
  if (early !== undefined || !name.ok) {
    return Promise.resolve(withoutCopy(early, undefined, name.ok ? name.name : null, progress));
  }
  const settled = rounds(work, name.name, progress);
  return work.means.budget === undefined
    ? settled
    : settled.finally(() => progress.reserved?.release());
}

async function rounds(work: Work, name: string, progress: Progress): Promise<Outcome> {
  const { target, signal } = work;
  for (;;) {
    let standing: unknown;
    try {
      // Target first, then source: so what is seen at the source is never older than what the target shows.
      const seen = listedTarget(work, progress) ?? (await target.store.look(name, signal));
      const looked = await lookAtSource(work, seen, progress);
      try {
        const step = await act(work, name, progress, seen, looked);
        if ("outcome" in step) return step.outcome;
        standing = step.again;
      } finally {
        looked.release?.();
      }
    } catch (error) {
      if (!mayDecideAgain(error, progress)) throw error;
      standing = error;
    }
    if (progress.round >= MOST_ROUNDS) throw standing;
    if (progress.round >= QUICK_ROUNDS) {
      await (work.pause ?? wait)(backoffMs("retry", progress.round, Math.random), work.signal);
    }
    progress.round += 1;
  }
}

function mayDecideAgain(error: unknown, progress: Progress): boolean {
  if (!(error instanceof CloudError)) return false;
  if (error.code !== "ChecksumMismatch") return retryClass(error.facts) === "re-decide";
  progress.mismatches += 1;
  progress.staged = "ignore";
  // Twice by URL: perhaps what we read ourselves is right.
  if (progress.mismatches === MOST_MISMATCHES - 1 && progress.why === undefined) {
    progress.by = "stream";
    progress.why = error.message;
  }
  return progress.mismatches < MOST_MISMATCHES;
}

/** What a listing has shown of the target counts as a look, in the first round and where it shows marks. */
function listedTarget({ candidate }: Work, progress: Progress): TargetSide | undefined {
  const { target } = candidate;
  if (target === undefined || progress.round > 1) return undefined;
  return target.state === "absent" || target.marksAre === "seen" ? target : undefined;
}

async function act(
  work: Work,
  name: string,
  progress: Progress,
  seen: TargetSide,
  looked: Looked,
): Promise<Step> {
  const { side, bytes } = looked;
  const decision = decideWith(work, side, seen, progress);
  if (side.state === "absent" || decision.do !== "copy") {
    return { outcome: await actWithoutCopy(work, name, progress, side, decision) };
  }
  const { object } = side;
  const asked = tagsOf(work, object);
  const tags = asked === undefined ? undefined : await asked;
  const mapped = work.target.mapping.properties(object, tags);
  if (!mapped.ok) {
    const refusal: Decision = { do: "refuse", class: mapped.class, reason: mapped.reason };
    return { outcome: withoutCopy(refusal, object, name, progress) };
  }
  const { properties } = mapped;
  const { expecting } = decision;
  const reserving = reserve(work, object.size, progress);
  if (reserving !== undefined) await reserving;
  const copied = await copyObject({
    work,
    object,
    name,
    properties,
    expecting,
    progress,
    bytes,
  });
  if (mayBeGone(work, expecting) && (await isGone(work))) return { again: goneMeanwhile(work) };
  return { outcome: copiedOutcome(object, name, progress, copied) };
}

/** What was committed wrongly is copied again, whatever its marks say. */
function decideWith(work: Work, side: SourceSide, seen: TargetSide, progress: Progress): Decision {
  const decision = decide(side, seen, work.policy);
  if (!progress.again || decision.do !== "unchanged" || seen.state === "absent") return decision;
  const expecting = { state: "etag", etag: seen.etag } as const;
  return { do: "copy", expecting, reason: "the copy before was not right" };
}

async function actWithoutCopy(
  work: Work,
  name: string,
  progress: Progress,
  side: SourceSide,
  decision: Decision,
): Promise<Outcome> {
  const { candidate, signal } = work;
  const object = side.state === "present" ? side.object : undefined;
  if (decision.do === "delete") {
    await work.target.store.remove(name, decision.expecting, signal);
  }
  if (decision.do === "restore" && object !== undefined) {
    await work.source.restore(candidate.key, object.pin, decision.restore, signal);
  }
  const { sent } = progress;
  if (decision.do === "unchanged" && object !== undefined && sent?.pin === object.pin.text) {
    return copiedOutcome(object, name, progress, sent.copied);
  }
  return withoutCopy(decision, object, name, progress);
}

function tagsOf(
  { policy, source, signal }: Work,
  object: SourceObject,
): Promise<Readonly<Record<string, string>>> | undefined {
  if (policy.tags !== "copy") return undefined;
  return (object.tagCount ?? 0) === 0 ? undefined : source.tags(object.key, object.pin, signal);
}

/**
 * A deletion that another worker settled while this copy ran found no target to delete, and this commit, which required that there be none,
 * went through: so where deletes are mirrored by hints the source is looked at once more after such a commit. Every later deletion has its own hint.
 */
function mayBeGone({ policy }: Work, expecting: Expecting): boolean {
  if (policy.deletes !== "mirror" || policy.deletions === "scans") return false;
  return expecting.state === "absent";
}

async function isGone({ source, candidate, signal }: Work): Promise<boolean> {
  return (await source.look(candidate.key, signal)).state === "absent";
}

function goneMeanwhile({ source, candidate }: Work): CloudError {
  return new CloudError({
    service: "s3",
    action: "s3:GetObject",
    subject: `${source.label}/${candidate.key}`,
    code: "PreconditionFailed",
    status: 412,
    said: "the source was deleted while it was copied",
  });
}
