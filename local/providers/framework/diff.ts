import { containsUnknown, isRecord, type Props, type Value } from "../wire/values.ts";
import { covers, isSet, same, type Comparison } from "./compare.ts";
import type { ResourceType } from "./resource-type.ts";

export interface PropertyChange {
  /** Pulumi's property path, for example `rules[0].status` or `tags["a.b"]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

export type Comparable = Comparison & Pick<ResourceType<never>, "replaceOn">;

/** Every property whose meaning changes from one set of revealed inputs to the next. */
export function propertyChanges(old: Props, next: Props, type: Comparable): PropertyChange[] {
  return compareRecords(old, next, { type, path: "", pattern: "" });
}

interface Place {
  readonly type: Comparable;
  /** As shown. */
  readonly path: string;
  /** Dotted, as `sets` and `replaceOn` write it. */
  readonly pattern: string;
}

function compareRecords(old: Props, next: Props, place: Place): PropertyChange[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].toSorted();
  return keys.flatMap((key) => compare(old[key], next[key], inRecord(place, key)));
}

function compare(old: Value | undefined, next: Value | undefined, place: Place): PropertyChange[] {
  if (isMissing(old) && isMissing(next)) return [];
  if (isMissing(old)) return [change(place, "add")];
  if (isMissing(next)) return [change(place, "delete")];
  const how = { comparison: place.type, path: place.pattern, lenient: false };
  if (!containsUnknown(next as Value) && same(old, next, how)) return [];
  if (isRecord(old) && isRecord(next)) return compareRecords(old, next, place);
  if (Array.isArray(old) && Array.isArray(next)) {
    return isSet(place.type, place.pattern)
      ? compareSets(old, next, place)
      : compareLists(old, next, place);
  }
  return [change(place, "update")];
}

function compareLists(old: Value[], next: Value[], place: Place): PropertyChange[] {
  const length = Math.max(old.length, next.length);
  return Array.from({ length }, (_, at) => compare(old[at], next[at], inList(place, at))).flat();
}

function compareSets(old: Value[], next: Value[], place: Place): PropertyChange[] {
  const inside = inList(place, 0).pattern;
  const how = { comparison: place.type, path: inside, lenient: false };
  const gone = indexesMissing(old, next, how);
  const come = indexesMissing(next, old, how);
  return [...new Set([...gone, ...come])]
    .toSorted((a, b) => a - b)
    .map((at) => {
      const kind = !gone.has(at) ? "add" : come.has(at) ? "update" : "delete";
      return change(inList(place, at), kind);
    });
}

/** Indexes of the items of `from` that `other` does not hold. */
function indexesMissing(
  from: Value[],
  other: Value[],
  how: Parameters<typeof same>[2],
): Set<number> {
  const left = [...other];
  const missing = new Set<number>();
  from.forEach((item, index) => {
    const at = left.findIndex((candidate) => same(item, candidate, how));
    if (at >= 0) left.splice(at, 1);
    else missing.add(index);
  });
  return missing;
}

function change(place: Place, kind: PropertyChange["kind"]): PropertyChange {
  const patterns = place.type.replaceOn ?? [];
  const replaces = patterns.some(
    (pattern) => covers(pattern, place.pattern) || covers(place.pattern, pattern),
  );
  return { path: place.path, kind, replaces };
}

function inRecord(place: Place, key: string): Place {
  const plain = /^[A-Za-z_][\w-]*$/.test(key);
  const segment = plain ? key : `[${JSON.stringify(key)}]`;
  const path = place.path === "" || !plain ? place.path + segment : `${place.path}.${segment}`;
  const pattern = place.pattern === "" ? key : `${place.pattern}.${key}`;
  return { ...place, path, pattern };
}

function inList(place: Place, at: number): Place {
  return { ...place, path: `${place.path}[${at}]`, pattern: `${place.pattern}.*` };
}

function isMissing(value: Value | undefined): boolean {
  return value === undefined || value === null;
}
