import type { Candidate } from "../../runtime/copy/work.ts";
import { decide, decideByName, type Decision } from "../../runtime/decide/decide.ts";
import { mayBeArchived } from "../../runtime/decide/listed.ts";
import type { TargetSide } from "../../runtime/stores/contract.ts";
import { listedInScope } from "./in-scope.ts";
import type { Task } from "./task.ts";

/** What would be done about a key that listings alone could not settle. Looks at both sides only where listings do not tell. */
export async function judge(
  candidate: Candidate,
  task: Task,
  signal: AbortSignal,
): Promise<Decision> {
  const { target, policy, source } = task;
  const { key, source: listed } = candidate;
  const name = target.mapping.name(key);
  const early = decideByName(key, name, policy) ?? leftOut(candidate, task);
  if (early !== undefined) return early;
  if (!name.ok) return { do: "refuse", class: name.class, reason: name.reason };
  const seen = candidate.target ?? (await target.store.look(name.name, signal));
  if (listed !== undefined && seen.state === "absent" && !mayBeArchived(listed)) {
    return { do: "copy", expecting: { state: "absent" }, reason: "absent at the target" };
  }
  const side = await source.look(key, signal);
  return decide(side, await marked(seen, name.name, task, signal), policy);
}

function leftOut({ source }: Candidate, { policy }: Task): Decision | undefined {
  if (source === undefined) return undefined;
  const fits = listedInScope(source, policy.scope);
  return fits.in ? undefined : { do: "skip", reason: fits.reason };
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
