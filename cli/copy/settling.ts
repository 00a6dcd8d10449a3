import { NO_COPY, troubled } from "../../runtime/copy/outcome.ts";
import { planOf } from "../../runtime/copy/plan.ts";
import { settle } from "../../runtime/copy/settle.ts";
import type { Candidate, Means, Outcome } from "../../runtime/copy/work.ts";
import type { DollarBudget } from "../../runtime/cost/budget.ts";
import { wantsUrl } from "../../runtime/decide/how.ts";
import { Interrupted } from "../../runtime/errors.ts";
import type { LedgerRecord } from "../../runtime/ledger/entry.ts";
import type { ListedObject } from "../../runtime/stores/contract.ts";
import { listedInScope } from "../run/in-scope.ts";
import type { Task } from "../run/task.ts";

export interface SettlingOptions {
  readonly task: Task;
  readonly means: Means;
  readonly signal: AbortSignal;
  readonly record: (record: LedgerRecord) => void;
  /** What the run may cost; undefined: whatever it does. */
  readonly budget: DollarBudget | undefined;
}

/** Brings one key to its terminal state and records it; trouble with an object is its state, only an interruption is thrown. */
export function settling(
  options: SettlingOptions,
): (candidate: Candidate) => Promise<LedgerRecord> {
  const { task, record } = options;
  const target = task.target.name;
  return (candidate) => {
    const began = Date.now();
    const settledAs = (outcome: Outcome): LedgerRecord => {
      const now = Date.now();
      const made: LedgerRecord = {
        // First, for then it is copied at once.
        ...outcome,
        at: iso(now),
        target,
        key: candidate.key,
        startedAt: iso(began),
        seconds: (now - began) / 1000,
      };
      record(made);
      return made;
    };
    const without = leftOut(candidate, task);
    if (without !== undefined) return Promise.resolve(settledAs(without));
    return withinBudget(candidate, options).then(settledAs, (error: unknown) =>
      settledAs(troubleOf(error, candidate, options)),
    );
  };
}

function withinBudget(candidate: Candidate, options: SettlingOptions): Promise<Outcome> {
  const { budget } = options;
  const { source } = candidate;
  if (budget === undefined || source === undefined) return settled(candidate, options);
  return paidFor(candidate, source, budget, options);
}

/** An object that would exceed the budget is held; smaller ones may still be copied. */
async function paidFor(
  candidate: Candidate,
  source: ListedObject,
  budget: DollarBudget,
  options: SettlingOptions,
): Promise<Outcome> {
  const { task, means } = options;
  const how = wantsUrl(source.size, means.by) ? "url" : "stream";
  const granted = budget.take(planOf(source.size, how, task.target.store));
  if (!granted.ok) {
    return withoutRequest(candidate, task, "held", granted.reason, granted.class);
  }
  try {
    return await settled(candidate, options);
  } finally {
    granted.done();
  }
}

function settled(candidate: Candidate, { task, means, signal }: SettlingOptions): Promise<Outcome> {
  const { source, target, policy } = task;
  return settle({ candidate, source, target, policy, means, signal });
}

/** The state that trouble leads to; an interruption is thrown. */
function troubleOf(error: unknown, { key }: Candidate, { task, signal }: SettlingOptions): Outcome {
  if (error instanceof Interrupted || signal.aborted) throw new Interrupted();
  return troubled(error, key, task.target, 1);
}

/** What a filter leaves out by what the listing shows needs no request. */
function leftOut(candidate: Candidate, task: Task): Outcome | undefined {
  if (candidate.source === undefined) return undefined;
  const fits = listedInScope(candidate.source, task.policy.scope);
  return fits.in ? undefined : withoutRequest(candidate, task, "skipped", fits.reason, null);
}

function withoutRequest(
  { key, source }: Candidate,
  { target }: Task,
  state: "skipped" | "held",
  reason: string,
  kind: string | null,
): Outcome {
  const name = target.mapping.name(key);
  return {
    state,
    reason,
    class: kind,
    action: null,
    ...NO_COPY,
    size: source?.size ?? null,
    name: name.ok ? name.name : null,
    attempts: 1,
  };
}

let last = { second: NaN, text: "" };

/** Thousands of objects share a second. */
function iso(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== last.second) {
    last = { second, text: new Date(second * 1000).toISOString().slice(0, -4) };
  }
  return `${last.text}${String(ms - second * 1000).padStart(3, "0")}Z`;
}
