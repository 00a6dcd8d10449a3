import { AwsError } from "../contract.ts";

/** The parts of a request that a signature covers, as they were on the wire. */
export interface WireRequest {
  readonly method: string;
  /** The request target: `/path?query`, still encoded. */
  readonly target: string;
  /** Alternating names and values, as `IncomingMessage.rawHeaders`. */
  readonly rawHeaders: readonly string[];
}

/** Encodes as RFC 3986 does: everything but letters, digits and `-._~` becomes upper-case %XX of its UTF-8 bytes. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Decodes %XX; a sequence that is not UTF-8 is S3's InvalidURI. */
export function uriDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError("InvalidURI", 400, "Couldn't parse the specified URI.");
  }
}

/** Splits a request target into its path and its query, both still encoded. */
export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path: path === "" ? "/" : path, query: mark < 0 ? "" : target.slice(mark + 1) };
}

/** The query's names and values in their order, decoded; `?acl` has the value "". */
export function queryPairs(query: string): [string, string][] {
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      const [name, value] =
        equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
      return [decodeQuery(name), decodeQuery(value)];
    });
}

function decodeQuery(text: string): string {
  return uriDecode(text.replaceAll("+", " "));
}

/** Every header's values by lower-case name, trimmed, inner runs of spaces folded, repeated ones joined by commas. */
export function canonicalHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = (rawHeaders[index + 1] ?? "").trim().replace(/ +/g, " ");
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

/**
 * The canonical request of Signature Version 4. S3 encodes the path once and leaves its segments alone;
 * every other service encodes the encoded path again, with `.`, `..` and empty segments resolved.
 */
export function canonicalRequest(
  request: WireRequest,
  service: string,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const { path, query } = splitTarget(request.target);
  const headers = canonicalHeaders(request.rawHeaders);
  return [
    request.method,
    service === "s3" ? encodeOnce(path) : encodeTwice(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${headers.get(name) ?? ""}`),
    "",
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

function encodeOnce(path: string): string {
  return path
    .split("/")
    .map((segment) => uriEncode(uriDecode(segment)))
    .join("/");
}

function encodeTwice(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(uriEncode(segment));
  }
  const trailing = kept.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${kept.join("/")}${trailing}`;
}

function canonicalQuery(query: string): string {
  return queryPairs(query)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]): [string, string] => [uriEncode(name), uriEncode(value)])
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** Both sides are ASCII here, so code units order as bytes do. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
