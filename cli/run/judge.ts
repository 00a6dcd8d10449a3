import type { Candidate } from "../../runtime/copy/work.ts";
import { decide, decideByName, type Decision } from "../../runtime/decide/decide.ts";
import type { TargetSide } from "../../runtime/stores/contract.ts";
import type { Task } from "./task.ts";

/** What would be done about a key that listings alone could not settle. Looks at both sides only where the target shows something of its name. */
export async function judge(
  candidate: Candidate,
  task: Task,
  signal: AbortSignal,
): Promise<Decision> {
  const { target, policy, source } = task;
  const name = target.mapping.name(candidate.key);
  const early = decideByName(candidate.key, name, policy);
  if (early !== undefined || !name.ok) return early ?? refused(name);
  const seen = candidate.target ?? (await target.store.look(name.name, signal));
  const side = await source.look(candidate.key, signal);
  return decide(side, await marked(seen, name.name, task, signal), policy);
}

/** A listing that does not show marks is no look. */
async function marked(
  seen: TargetSide,
  name: string,
  { target }: Task,
  signal: AbortSignal,
): Promise<TargetSide> {
  if (seen.state === "absent" || seen.marksAre === "seen") return seen;
  return target.store.look(name, signal);
}

function refused(name: { readonly ok: boolean }): Decision {
  throw new Error(`No decision for a name that is ${name.ok ? "good" : "refused"}.`);
}
