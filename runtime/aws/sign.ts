import { hash } from "node:crypto";
import { queryString, type Query } from "./query.ts";
import { scopeOf, type Scope } from "./signing-key.ts";

export { queryString, uriEncode } from "./query.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** What they sign is void from then on. */
  readonly expiration?: Date | undefined;
}

export interface ToSign {
  readonly method: string;
  readonly host: string;
  /** As it goes on the wire, already percent-encoded, without the query. */
  readonly path: string;
  readonly query: Query;
  /** Lower-case names; `host` and the `x-amz-` ones that signing adds are not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hex, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
  readonly service: string;
  readonly region: string;
  readonly now: Date;
}

export interface ToPresign {
  readonly method: string;
  /** `https://host:port`. */
  readonly origin: string;
  /** As it goes on the wire, already percent-encoded, without the query. */
  readonly path: string;
  readonly query: Query;
  /** How long it is good for, at most: never longer than a week, nor than the credentials. */
  readonly expiresSeconds: number;
  readonly credentials: Credentials;
  readonly region: string;
  readonly now: Date;
}

export const EMPTY_SHA256 = hash("sha256", "");
export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
const WEEK_SECONDS = 7 * 24 * 3600;

/**
 * The headers of a Signature Version 4 request, the given ones included.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signed(request: ToSign, credentials: Credentials): Record<string, string> {
  const { payloadHash } = request;
  const time = timeOf(request.now);
  const headers: Record<string, string> = { ...request.headers };
  headers["host"] = request.host;
  headers["x-amz-date"] = time;
  headers["x-amz-content-sha256"] = payloadHash;
  if (credentials.sessionToken !== undefined) {
    headers["x-amz-security-token"] = credentials.sessionToken;
  }
  const { names, list } = namesToSign(request.headers, credentials.sessionToken !== undefined);
  let lines = "";
  for (const name of names) lines += `${name}:${canonicalValue(headers[name] ?? "")}\n`;
  const canonical = `${request.method}\n${request.path}\n${queryString(request.query)}\n${lines}\n${list}\n${payloadHash}`;
  const scope = scopeOf(credentials, time.slice(0, 8), request.region, request.service);
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${scope.credential}, SignedHeaders=${list}, Signature=${signatureOf(canonical, time, scope)}`;
  return headers;
}

/**
 * A URL of S3 that carries its signature, for somebody who has no credentials.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function presigned(request: ToPresign): string {
  const { method, origin, path, credentials } = request;
  const time = timeOf(request.now);
  const scope = scopeOf(credentials, time.slice(0, 8), request.region, "s3");
  const query = withOwn(
    request.query,
    ownQuery(scope, time, String(secondsLeft(request)), credentials),
  );
  const canonical = `${method}\n${path}\n${query}\nhost:${hostOf(origin)}\n\nhost\n${UNSIGNED_PAYLOAD}`;
  return `${origin}${path}?${query}&X-Amz-Signature=${signatureOf(canonical, time, scope)}`;
}

interface OwnQuery {
  readonly scope: Scope;
  readonly time: string;
  readonly seconds: string;
  readonly parameters: Query;
  readonly text: string;
}

let lastOwn: OwnQuery | undefined;

/** What every presigned URL of one second has, in order. */
function ownQuery(
  scope: Scope,
  time: string,
  seconds: string,
  { sessionToken }: Credentials,
): OwnQuery {
  if (lastOwn?.scope === scope && lastOwn.time === time && lastOwn.seconds === seconds) {
    return lastOwn;
  }
  const parameters: Query = [
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Credential", scope.credential],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", seconds],
    ...(sessionToken === undefined ? [] : [["X-Amz-Security-Token", sessionToken] as const]),
    ["X-Amz-SignedHeaders", "host"],
  ];
  lastOwn = { scope, time, seconds, parameters, text: queryString(parameters) };
  return lastOwn;
}

function withOwn(query: Query, own: OwnQuery): string {
  return query.length === 0 ? own.text : queryString([...own.parameters, ...query]);
}

// A process has a handful of origins and asks for their host with every request.
const hosts = new Map<string, string>();

/** Host and port, as the Host header has them. */
export function hostOf(origin: string): string {
  let host = hosts.get(origin);
  if (host === undefined) {
    host = new URL(origin).host;
    if (hosts.size > 256) hosts.clear();
    hosts.set(origin, host);
  }
  return host;
}

function signatureOf(canonical: string, time: string, scope: Scope): string {
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope.name}\n${hash("sha256", canonical)}`;
  return scope.hmac(text);
}

const ALWAYS = ["host", "x-amz-content-sha256", "x-amz-date"];
const WITH_TOKEN = [...ALWAYS, "x-amz-security-token"];

interface Signed {
  readonly names: readonly string[];
  /** As it is written in the request. */
  readonly list: string;
}

// Requests are of a few kinds.
const kinds = new Map<string, Signed>();

/** Which headers are signed, sorted. */
function namesToSign(headers: Readonly<Record<string, string>>, token: boolean): Signed {
  let kind = token ? "token" : "";
  for (const name in headers) {
    if (name.startsWith("x-amz-") || name === "content-type") kind += `;${name}`;
  }
  const known = kinds.get(kind);
  if (known !== undefined) return known;
  const names = [...(token ? WITH_TOKEN : ALWAYS), ...kind.split(";").slice(1)].sort();
  const made = { names, list: names.join(";") };
  // Metadata has names of its own in every bucket.
  if (kinds.size > 256) kinds.clear();
  kinds.set(kind, made);
  return made;
}

function canonicalValue(value: string): string {
  return /^\s|\s$| {2}/.test(value) ? value.trim().replace(/ +/g, " ") : value;
}

let second = NaN;
let written = "";

/** `20130524T000000Z`. */
function timeOf(now: Date): string {
  const its = Math.floor(now.getTime() / 1000);
  if (its !== second) {
    written = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
    second = its;
  }
  return written;
}

function secondsLeft({ expiresSeconds, credentials, now }: ToPresign): number {
  const { expiration } = credentials;
  const left =
    expiration === undefined ? Infinity : Math.floor((expiration.getTime() - now.getTime()) / 1000);
  return Math.max(1, Math.min(Math.floor(expiresSeconds), left, WEEK_SECONDS));
}
