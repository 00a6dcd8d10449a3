import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** What a Shared Key signature covers. `target` is the request line's: path and query as they were sent. */
export interface SignedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * The `Authorization` header of a request, by the rules that Azurite checks with.
 * https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
 *
 * @param key base64
 */
export function authorization(account: string, key: string, request: SignedRequest): string {
  const signature = createHmac("sha256", Buffer.from(key, "base64"))
    .update(stringToSign(account, request))
    .digest("base64");
  return `SharedKey ${account}:${signature}`;
}

/** Whether the request's own Authorization header was made with one of the account's keys. */
export function isSignedBy(
  account: string,
  keys: readonly string[],
  request: SignedRequest,
): boolean {
  return keys.some((key) => authorization(account, key, request) === request.headers.authorization);
}

const standardHeaders = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
] as const;

function stringToSign(account: string, { method, target, headers }: SignedRequest): string {
  const standard = standardHeaders.map((name) => {
    const value = single(headers[name]);
    return name === "content-length" && value === "0" ? "" : value;
  });
  return (
    [method, ...standard].join("\n") +
    `\n${canonicalizedHeaders(headers)}${canonicalizedResource(account, target)}`
  );
}

function canonicalizedHeaders(headers: IncomingHttpHeaders): string {
  return Object.entries(headers)
    .filter(([name]) => name.startsWith("x-ms-"))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, value]) => `${name}:${single(value).trimStart()}\n`)
    .join("");
}

function canonicalizedResource(account: string, target: string): string {
  const [path, query] = split(target, "?");
  const parameters = query
    .split("&")
    .filter((pair) => pair.includes("="))
    .map((pair) => split(pair, "="))
    .map(([name, value]) => [name.toLowerCase(), decodeURIComponent(value.replace(/\+/g, "%20"))])
    .sort(([a = ""], [b = ""]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name = "", value = ""]) => `\n${name}:${value}`);
  return `/${account}${path}${parameters.join("")}`;
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function single(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : (value ?? []).join(",");
}
