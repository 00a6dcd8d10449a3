import { troubled } from "../../runtime/copy/outcome.ts";
import { settle } from "../../runtime/copy/settle.ts";
import type { Candidate, Means, Outcome } from "../../runtime/copy/work.ts";
import { Interrupted } from "../../runtime/errors.ts";
import type { LedgerRecord } from "../../runtime/ledger/entry.ts";
import { listedInScope } from "../run/differences.ts";
import type { Task } from "../run/task.ts";

export interface SettlingOptions {
  readonly task: Task;
  readonly means: Means;
  readonly signal: AbortSignal;
  readonly record: (record: LedgerRecord) => void;
}

/** Brings one key to its terminal state and records it; trouble with an object is its state, only an interruption is thrown. */
export function settling(
  options: SettlingOptions,
): (candidate: Candidate) => Promise<LedgerRecord> {
  const { task, record } = options;
  const target = task.target.name;
  return async (candidate) => {
    const began = Date.now();
    const outcome = leftOut(candidate, task) ?? (await settled(candidate, options));
    const now = Date.now();
    const made: LedgerRecord = {
      at: new Date(now).toISOString(),
      target,
      key: candidate.key,
      ...outcome,
      startedAt: new Date(began).toISOString(),
      seconds: (now - began) / 1000,
    };
    record(made);
    return made;
  };
}

async function settled(candidate: Candidate, options: SettlingOptions): Promise<Outcome> {
  const { task, means, signal } = options;
  const { source, target, policy } = task;
  try {
    return await settle({ candidate, source, target, policy, means, signal });
  } catch (error) {
    if (error instanceof Interrupted || signal.aborted) throw new Interrupted();
    return troubled(error, candidate.key, target, 1);
  }
}

/** What a filter leaves out by what the listing shows needs no request. */
function leftOut({ key, source }: Candidate, { policy, target }: Task): Outcome | undefined {
  if (source === undefined) return undefined;
  const fits = listedInScope(source, policy.scope);
  if (fits.in) return undefined;
  const name = target.mapping.name(key);
  return {
    state: "skipped",
    reason: fits.reason,
    class: null,
    action: null,
    pin: null,
    size: source.size,
    modified: null,
    how: null,
    why: null,
    bytesRead: null,
    checksum: null,
    name: name.ok ? name.name : null,
    attempts: 1,
  };
}
