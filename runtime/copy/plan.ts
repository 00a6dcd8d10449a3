import type { ObjectPlan } from "../cost/patterns.ts";
import type { Target } from "../stores/contract.ts";

/** What copying an object of this size is expected to ask for. */
export function planOf(size: number, how: "stream" | "url", store: Target): ObjectPlan {
  const whole = size <= (how === "url" ? store.putFromLimit : store.putLimit);
  const blocks = whole ? 1 : store.cut(size, how).blocks;
  return { size, how, blocks, target: store.kind };
}
