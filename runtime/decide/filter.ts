import type { JobFilter } from "../job.ts";

/** Which keys are the pipeline's: a prefix, globs and size bounds, compiled once. */
export interface Scope {
  readonly prefix: string;
  readonly include: readonly RegExp[];
  readonly exclude: readonly RegExp[];
  readonly minSize: number;
  readonly maxSize: number;
  /** Last-Modified, milliseconds since 1970: from then on, and before. Absent: whenever. */
  readonly newerThan?: number | undefined;
  readonly olderThan?: number | undefined;
}

export type InScope = { readonly in: true } | { readonly in: false; readonly reason: string };

const IN: InScope = { in: true };

export function compileScope(prefix: string, filter?: JobFilter): Scope {
  return {
    prefix,
    include: (filter?.include ?? []).map(globToRegExp),
    exclude: (filter?.exclude ?? []).map(globToRegExp),
    minSize: filter?.minSize ?? 0,
    maxSize: filter?.maxSize ?? Infinity,
  };
}

export function inScope(key: string, scope: Scope): InScope {
  if (!key.startsWith(scope.prefix)) return out(`outside the pipeline's prefix ${scope.prefix}`);
  if (scope.include.length > 0 && !scope.include.some((glob) => glob.test(key))) {
    return out("matches none of the filter's includes");
  }
  if (scope.exclude.some((glob) => glob.test(key)))
    return out("matches one of the filter's excludes");
  return IN;
}

export function sizeInScope(size: number, scope: Scope): InScope {
  if (size < scope.minSize) return out(`smaller than the filter's ${scope.minSize} bytes`);
  if (size > scope.maxSize) return out(`larger than the filter's ${scope.maxSize} bytes`);
  return IN;
}

/** @param modified Last-Modified: milliseconds since 1970, or ISO 8601 */
export function timeInScope(modified: number | string, scope: Scope): InScope {
  const { newerThan = -Infinity, olderThan = Infinity } = scope;
  if (newerThan === -Infinity && olderThan === Infinity) return IN;
  const at = typeof modified === "number" ? modified : Date.parse(modified);
  if (at < newerThan) return out(`last modified before ${iso(newerThan)}`);
  return at < olderThan ? IN : out(`last modified since ${iso(olderThan)}`);
}

/**
 * A glob over whole keys: `*` and `?` stop at a slash, `**` does not, `**` and its slash also stand for nothing. A glob without a slash
 * is matched against the last segment, as in .gitignore.
 */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*\*|[\s\S]/g, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return part.replace(/[.+^${}()|[\]\\/]/, "\\$&");
  });
  return new RegExp(`^${glob.includes("/") ? "" : "(?:.*/)?"}${source}$`, "su");
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function out(reason: string): InScope {
  return { in: false, reason };
}
