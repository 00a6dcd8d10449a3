/** Stand-ins for a literal `*`, `?` and `$` in a pattern whose wildcards mean something. */
const LITERAL = { "*": "\uE000", "?": "\uE001", $: "\uE002" } as const;
const MEANT: Readonly<Record<string, string>> = { "\uE000": "*", "\uE001": "?", "\uE002": "$" };

/** Text whose wildcards are only characters: what a policy variable is replaced by. */
export function literal(text: string): string {
  return text.replace(/[*?]/g, (wildcard) => (wildcard === "*" ? LITERAL["*"] : LITERAL["?"]));
}

/** Turns a pattern's stand-ins back, for comparisons without wildcards. */
export function plain(pattern: string): string {
  return pattern.replace(/[\uE000-\uE002]/g, (standIn) => MEANT[standIn] ?? standIn);
}

/**
 * Whether `text` fits `pattern`, where `*` is any run of characters and `?` any one.
 * Takes time in proportion to both lengths at worst; no regular expression is built from a policy.
 */
export function wildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === "*") {
      star = p++;
      resume = t;
    } else if (wanted !== undefined && (wanted === "?" || (MEANT[wanted] ?? wanted) === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Actions are compared without regard to case. */
export function actionMatches(pattern: string, action: string): boolean {
  return wildcard(pattern.toLowerCase(), action.toLowerCase());
}

/** Compares two ARNs part by part: a wildcard does not reach over a colon of the first five. */
export function arnMatches(pattern: string, arn: string): boolean {
  if (pattern === "*") return true;
  const wanted = parts(pattern);
  const given = parts(arn);
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => wildcard(part, given[index] ?? ""))
  );
}

function parts(arn: string): string[] {
  const all = arn.split(":");
  return all.length <= 6 ? all : [...all.slice(0, 5), all.slice(5).join(":")];
}

/** Replaces `${aws:username}` and its like. Undefined when a variable has no value: then nothing matches. */
export function substitute(
  pattern: string,
  context: Readonly<Record<string, string | readonly string[]>>,
): string | undefined {
  if (!pattern.includes("${")) return pattern;
  const unknown: string[] = [];
  const text = pattern.replace(/\$\{([^}]*)\}/g, (_whole, inner: string) => {
    if (inner === "*" || inner === "?" || inner === "$") return LITERAL[inner];
    const [key = "", fallback] = inner.split(/\s*,\s*/, 2);
    const value = context[key.trim().toLowerCase()];
    if (typeof value === "string") return literal(value);
    if (fallback !== undefined) return literal(fallback.replace(/^'|'$/g, ""));
    unknown.push(key);
    return "";
  });
  return unknown.length === 0 ? text : undefined;
}
