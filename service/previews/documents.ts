/** A leaf that differs between two values; undefined where a side has none. */
export interface Difference {
  path: string;
  before: unknown;
  after: unknown;
}

/** More than so many leaves say less than the whole. */
const mostLeaves = 20;

/**
 * Where two JSON documents that are kept as texts differ (a policy, a container's definition), leaf by leaf, also in documents
 * within documents. Undefined when they are no documents, or differ in too much to be told so.
 */
export function documentDiff(before: unknown, after: unknown): Difference[] | undefined {
  const [one, other] = [documentOf(before), documentOf(after)];
  if (one === undefined || other === undefined) return undefined;
  const found: Difference[] = [];
  compare(one, other, "", found);
  return found.length === 0 || found.length > mostLeaves ? undefined : found;
}

function compare(before: unknown, after: unknown, path: string, found: Difference[]): void {
  const [one, other] = [documentOf(before) ?? before, documentOf(after) ?? after];
  if (!isBranch(one) || !isBranch(other) || Array.isArray(one) !== Array.isArray(other)) {
    if (JSON.stringify(one) !== JSON.stringify(other)) found.push({ path, before, after });
    return;
  }
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const step = Array.isArray(one)
      ? `[${key}]`
      : /^[\w$-]+$/.test(key)
        ? `.${key}`
        : `[${JSON.stringify(key)}]`;
    compare(one[key], other[key], path + step, found);
  }
}

type Branch = Record<string, unknown>;

function isBranch(value: unknown): value is Branch {
  return typeof value === "object" && value !== null;
}

/** The object or list that a text holds. */
function documentOf(text: unknown): Branch | undefined {
  if (typeof text !== "string" || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Branch;
  } catch {
    return undefined;
  }
}
