import { isRecord, type Props, type Value } from "../wire/values.ts";
import type { ResourceType } from "./resource-type.ts";

/** How a type's values are compared. */
export type Comparison = Pick<ResourceType<never>, "documents" | "sets">;

/**
 * Whether two values mean the same. `lenient` is for what a cloud answered: there an absent property,
 * null, false, 0, "" and an empty list or map are one and the same.
 */
export function same(a: Value | undefined, b: Value | undefined, how: How): boolean {
  if (how.lenient && isNothing(a) && isNothing(b)) return true;
  if (a === undefined || b === undefined) return a === b;
  const canonical = how.comparison.documents?.[how.path];
  if (canonical !== undefined && typeof a === "string" && typeof b === "string") {
    return sameDocument(a, b, canonical);
  }
  if (Array.isArray(a) && Array.isArray(b)) return sameList(a, b, how);
  if (isRecord(a) && isRecord(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => same(a[key], b[key], below(how, key)));
  }
  return a === b;
}

export interface How {
  readonly comparison: Comparison;
  readonly path: string;
  readonly lenient: boolean;
}

function sameList(a: Value[], b: Value[], how: How): boolean {
  if (a.length !== b.length) return false;
  const inside = below(how, "*");
  if (!isSet(how.comparison, how.path)) return a.every((item, at) => same(item, b[at], inside));
  const left = [...b];
  return a.every((item) => {
    const at = left.findIndex((other) => same(item, other, inside));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

export function isSet(comparison: Comparison, path: string): boolean {
  return comparison.sets?.some((pattern) => matches(pattern, path)) ?? false;
}

/** Whether `path` (dotted) is the pattern's; `*` in the pattern stands for any one segment. */
export function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split(".");
  const given = path.split(".");
  return (
    wanted.length === given.length &&
    wanted.every((segment, at) => segment === "*" || segment === given[at])
  );
}

/** Whether `path` is at or below the pattern. */
export function covers(pattern: string, path: string): boolean {
  const depth = pattern.split(".").length;
  return matches(pattern, path.split(".").slice(0, depth).join("."));
}

function below(how: How, segment: string): How {
  return { ...how, path: how.path === "" ? segment : `${how.path}.${segment}` };
}

function isNothing(value: Value | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (value === false || value === 0 || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every(isNothing);
}

function sameDocument(a: string, b: string, canonical: (document: unknown) => unknown): boolean {
  if (a === b) return true;
  try {
    return stable(canonical(JSON.parse(a))) === stable(canonical(JSON.parse(b)));
  } catch {
    return false;
  }
}

/** JSON text with sorted keys: equal for equal meaning. */
export function stable(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([x], [y]) => (x < y ? -1 : 1)))
      : part,
  );
}

/**
 * The inputs after a look at the cloud: what means the same stays as the program wrote it, what differs
 * becomes what the cloud has, and what nobody set stays unset while it is at its default.
 */
export function reconcile(
  inputs: Props,
  live: Props,
  type: Comparison & Pick<ResourceType<never>, "defaults">,
): Props {
  const result: Props = { ...inputs };
  for (const [key, value] of Object.entries(live)) {
    const how: How = { comparison: type, path: key, lenient: true };
    const expected = inputs[key] ?? type.defaults?.[key];
    if (same(expected, value, how)) continue;
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = asWritten(inputs[key], value, how);
  }
  return result;
}

/** What the cloud has, in the program's own writing wherever that means the same. */
function asWritten(written: Value | undefined, live: Value, how: How): Value {
  if (written !== undefined && same(written, live, how)) return written;
  if (isRecord(written) && isRecord(live)) {
    const keys = [...new Set([...Object.keys(written), ...Object.keys(live)])];
    const entries = keys.flatMap((key): [string, Value][] => {
      const [ours, theirs] = [written[key], live[key] ?? null];
      if (same(ours, theirs, below(how, key))) return ours === undefined ? [] : [[key, ours]];
      return theirs === null ? [] : [[key, asWritten(ours, theirs, below(how, key))]];
    });
    return Object.fromEntries(entries);
  }
  if (Array.isArray(written) && Array.isArray(live)) {
    const inside = below(how, "*");
    if (!isSet(how.comparison, how.path)) {
      return live.map((item, at) => asWritten(written[at], item, inside));
    }
    const kept = written.filter((item) => live.some((other) => same(item, other, inside)));
    const added = live.filter((item) => !written.some((other) => same(other, item, inside)));
    return [...kept, ...added];
  }
  return live;
}
