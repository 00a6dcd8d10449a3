import { createHash, createHmac } from "node:crypto";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface ToSign {
  readonly method: string;
  readonly host: string;
  /** As it goes on the wire, already percent-encoded, without the query. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Lower-case names; `host` and the `x-amz-` ones that signing adds are not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hex, or UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
  readonly service: string;
  readonly region: string;
  readonly now: Date;
}

export const EMPTY_SHA256 = createHash("sha256").digest("hex");

/**
 * The headers of a Signature Version 4 request, the given ones included.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signed(request: ToSign, credentials: Credentials): Record<string, string> {
  const time = request.now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    "x-amz-date": time,
    "x-amz-content-sha256": request.payloadHash,
  };
  if (credentials.sessionToken !== undefined) {
    headers["x-amz-security-token"] = credentials.sessionToken;
  }
  const names = Object.keys(headers)
    .filter((name) => name === "host" || name === "content-type" || name.startsWith("x-amz-"))
    .sort();
  const canonical = [
    request.method,
    request.path,
    queryString(request.query),
    ...names.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    request.payloadHash,
  ].join("\n");
  const date = time.slice(0, 8);
  const scope = `${date}/${request.region}/${request.service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${createHash("sha256").update(canonical).digest("hex")}`;
  const key = signingKey(credentials, date, request.region, request.service);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return headers;
}

/** The query as it is signed and as it goes on the wire: sorted, every name with its `=`. */
export function queryString(query: readonly (readonly [string, string])[]): string {
  return query
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .sort()
    .join("&");
}

/** Percent-encodes all but the unreserved characters, as Signature Version 4 wants it. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

// A signing key is good for a day, region and service; deriving it costs four HMACs.
const keys = new Map<string, Buffer>();

function signingKey(
  credentials: Credentials,
  date: string,
  region: string,
  service: string,
): Buffer {
  const id = `${credentials.secretAccessKey}/${date}/${region}/${service}`;
  const known = keys.get(id);
  if (known !== undefined) return known;
  const key = [date, region, service, "aws4_request"].reduce<Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  if (keys.size > 64) keys.clear();
  keys.set(id, key);
  return key;
}
