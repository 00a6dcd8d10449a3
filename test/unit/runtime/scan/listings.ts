import { setImmediate as turn } from "node:timers/promises";
import type { KeyRange, ListedObject, ListedTarget } from "../../../../runtime/stores/contract.ts";
import type { Listings } from "../../../../runtime/scan/merge.ts";

export interface Counted {
  requests: number;
}

export interface Kept {
  readonly source: readonly ListedObject[];
  readonly target: readonly ListedTarget[];
  /** Sizes of the pages, in turn. */
  readonly pages?: readonly number[];
  /** How many turns of the event loop a page takes. */
  readonly turns?: number;
  /** How the target orders its names; `utf-16` as JavaScript does. */
  readonly order?: "utf-8" | "utf-16" | "as given";
  readonly count?: Counted;
}

/** Listings of what is held in memory, a page at a time, as a cloud gives them. */
export function listingsOf(kept: Kept): Listings {
  const source = sorted(kept.source, (object) => object.key, "utf-8");
  const target = sorted(kept.target, (object) => object.name, kept.order ?? "utf-8");
  return {
    source: (range, signal) => pagesOf(source, (object) => object.key, range, kept, signal),
    target: (range, signal) => pagesOf(target, (object) => object.name, range, kept, signal),
  };
}

export function object(key: string, size = 1, etag = "e"): ListedObject {
  return { key, size, etag, modified: 1_000 };
}

export function named(name: string, size = 1, etag = '"e"'): ListedTarget {
  return { name, size, etag, modified: 2_000, marks: undefined, marksAre: "unseen" };
}

export function utf8Order(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function sorted<T>(items: readonly T[], textOf: (item: T) => string, order: string): readonly T[] {
  if (order === "as given") return items;
  const compare =
    order === "utf-8" ? utf8Order : (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...items].sort((a, b) => compare(textOf(a), textOf(b)));
}

async function* pagesOf<T>(
  items: readonly T[],
  textOf: (item: T) => string,
  range: KeyRange,
  { pages = [1000], turns = 1, count }: Kept,
  signal: AbortSignal,
): AsyncGenerator<readonly T[]> {
  const { prefix, after, upTo } = range;
  let at = after === undefined ? 0 : firstAfter(items, textOf, after);
  for (let page = 0; ; page += 1) {
    if (count !== undefined) count.requests += 1;
    for (let passed = 0; passed < turns; passed += 1) await turn();
    signal.throwIfAborted();
    const found: T[] = [];
    const size = pages[page % pages.length] ?? 1000;
    for (; at < items.length && found.length < size; at += 1) {
      const item = items[at];
      if (item === undefined) break;
      const text = textOf(item);
      if (!text.startsWith(prefix)) continue;
      if (after !== undefined && utf8Order(text, after) <= 0) continue;
      if (upTo !== undefined && utf8Order(text, upTo) > 0) {
        at = items.length;
        break;
      }
      found.push(item);
    }
    yield found;
    if (at >= items.length) return;
  }
}

/** By bisection where the items are in order; items that are not are found by going through them. */
function firstAfter<T>(items: readonly T[], textOf: (item: T) => string, after: string): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && utf8Order(textOf(item), after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
