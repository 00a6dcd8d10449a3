export type Query = readonly (readonly [name: string, value: string])[];

/** The query as it is signed and as it goes on the wire: sorted by name, every name with its `=`. */
export function queryString(query: Query): string {
  if (query.length === 0) return "";
  const [only] = query;
  if (query.length === 1 && only !== undefined)
    return `${uriEncode(only[0])}=${uriEncode(only[1])}`;
  const sorted = inOrder(query) ? query : sortedByName(query);
  let text = "";
  for (const [name, value] of sorted) {
    text += `${text === "" ? "" : "&"}${uriEncode(name)}=${uriEncode(value)}`;
  }
  return text;
}

/** As most are that are written down in order: sorting costs more than all the rest. */
function inOrder(query: Query): boolean {
  let last = "";
  for (const [name] of query) {
    if (name <= last || !PLAIN.test(name)) return false;
    last = name;
  }
  return true;
}

function sortedByName(query: Query): Query {
  return query.toSorted(([a, x], [b, y]) =>
    byName([uriEncode(a), uriEncode(x)], [uriEncode(b), uriEncode(y)]),
  );
}

/** By the encoded name, then the value; not by both at once: `=` would be sorted among the names' characters. */
function byName(a: readonly [string, string], b: readonly [string, string]): number {
  if (a[0] !== b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1;
}

const PLAIN = /^[A-Za-z0-9\-._~]*$/;

/** Percent-encodes all but the unreserved characters, as Signature Version 4 wants it. */
export function uriEncode(text: string): string {
  if (PLAIN.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
