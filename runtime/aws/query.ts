export type Query = readonly (readonly [name: string, value: string])[];

/** The query as it is signed and as it goes on the wire: sorted by name, every name with its `=`. */
export function queryString(query: Query): string {
  if (query.length === 0) return "";
  const [only] = query;
  if (query.length === 1 && only !== undefined)
    return `${uriEncode(only[0])}=${uriEncode(only[1])}`;
  return query
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(byName)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
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
