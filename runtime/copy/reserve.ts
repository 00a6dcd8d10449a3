import { wantsUrl } from "../decide/how.ts";
import { planOf } from "./plan.ts";
import type { Progress } from "./progress.ts";
import type { Work } from "./work.ts";

/** Sets aside what a copy of so many bytes will cost, where costs have a limit: once for all rounds, and again when the object has grown. */
export async function reserve(work: Work, size: number, progress: Progress): Promise<void> {
  const { means, target, signal } = work;
  const { budget } = means;
  if (budget === undefined) return;
  if (progress.reserved !== undefined && progress.reserved.size >= size) return;
  progress.reserved?.release();
  progress.reserved = undefined;
  const how = wantsUrl(size, progress.by ?? means.by) ? "url" : "stream";
  const release = await budget.take(target.name, planOf(size, how, target.store), signal);
  progress.reserved = { size, release };
}
