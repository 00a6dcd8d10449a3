import { wantsUrl } from "../decide/how.ts";
import { planOf } from "./plan.ts";
import type { Progress } from "./progress.ts";
import type { CostLimit, Work } from "./work.ts";

/** Sets aside what a copy of so many bytes will cost: once for all rounds, and again when the object has grown. Undefined where costs have no limit. */
export function reserve(work: Work, size: number, progress: Progress): Promise<void> | undefined {
  const { budget } = work.means;
  return budget === undefined ? undefined : reserveFrom(budget, work, size, progress);
}

async function reserveFrom(
  budget: CostLimit,
  { means, target, signal }: Work,
  size: number,
  progress: Progress,
): Promise<void> {
  if (progress.reserved !== undefined && progress.reserved.size >= size) return;
  progress.reserved?.release();
  progress.reserved = undefined;
  const how = wantsUrl(size, progress.by ?? means.by) ? "url" : "stream";
  const release = await budget.take(target.name, planOf(size, how, target.store), signal);
  progress.reserved = { size, release };
}
