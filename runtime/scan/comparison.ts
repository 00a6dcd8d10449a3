import { inScope, sizeInScope, timeInScope, type Scope } from "../decide/filter.ts";
import type { PlacedTarget } from "../copy/work.ts";
import type { Policy } from "../decide/policy.ts";
import type { KeyRange, ListedObject, Source } from "../stores/contract.ts";
import { Merge } from "./merge.ts";
import { Names } from "./names.ts";

/** The two sides that a scan compares. */
export interface Comparison {
  readonly source: Source;
  readonly target: PlacedTarget;
  readonly policy: Policy;
  /** The keys that are compared begin with it. */
  readonly prefix: string;
  /** What the target's mapping leaves out at the beginning of every key; the prefix begins with it. Default: nothing. */
  readonly strip?: string | undefined;
  readonly signal: AbortSignal;
}

/** What lists and compares a range of the keys. */
export function mergesOf(comparison: Comparison): (range: KeyRange) => Merge {
  const { source, target, policy, prefix, strip = "", signal } = comparison;
  if (!prefix.startsWith(strip)) {
    throw new Error(`The scan's prefix ${prefix} does not begin with ${strip}, which names lack.`);
  }
  const names = new Names(target.mapping, { strip, prefix: target.prefix });
  const listings = {
    source: (range: KeyRange, until: AbortSignal) => source.list(range, until),
    target: (range: KeyRange, until: AbortSignal) => target.store.list(range, until),
  };
  const compares = filterOf(policy.scope);
  const pages = { source: { longest: 0 }, target: { longest: 0 } };
  const { trust } = policy;
  return (range) => new Merge({ listings, names, range, compares, trust, pages, signal });
}

/** Undefined: all that begins with the prefix is in the scope. */
function filterOf(scope: Scope): ((object: ListedObject) => boolean) | undefined {
  const { include, exclude, minSize, maxSize, newerThan, olderThan } = scope;
  const all =
    include.length === 0 &&
    exclude.length === 0 &&
    minSize <= 0 &&
    maxSize === Infinity &&
    (newerThan ?? -Infinity) === -Infinity &&
    (olderThan ?? Infinity) === Infinity;
  if (all) return undefined;
  return ({ key, size, modified }) =>
    inScope(key, scope).in && sizeInScope(size, scope).in && timeInScope(modified, scope).in;
}
