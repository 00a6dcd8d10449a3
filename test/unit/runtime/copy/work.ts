import type { Work } from "../../../../runtime/copy/work.ts";
import { compileScope } from "../../../../runtime/decide/filter.ts";
import type { Policy } from "../../../../runtime/decide/policy.ts";
import { means, never, placed, type FakeSource, type FakeTarget } from "../fakes.ts";

export const ignore: Policy = {
  scope: compileScope(""),
  deletes: "ignore",
  writer: "acme/exports",
};
export const mirror: Policy = { ...ignore, deletes: "mirror" };

/** The key `k` from one cloud in memory to the other. */
export function work(source: FakeSource, target: FakeTarget, over: Partial<Work> = {}): Work {
  return {
    candidate: { key: "k" },
    source,
    target: placed(target),
    policy: ignore,
    means: means(),
    signal: never,
    pause: () => Promise.resolve(),
    ...over,
  };
}
