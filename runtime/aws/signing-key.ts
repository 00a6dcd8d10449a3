import { createHmac } from "node:crypto";
import { hmacSha256 } from "./hmac.ts";
import type { Credentials } from "./sign.ts";

/** What signatures of one day, region and service have in common. */
export interface Scope {
  /** `20130524/eu-west-1/s3/aws4_request`. */
  readonly name: string;
  /** `AKIA.../20130524/eu-west-1/s3/aws4_request`. */
  readonly credential: string;
  /** HMAC-SHA256 of a text in hex. */
  readonly hmac: (text: string) => string;
}

// Deriving a key costs four HMACs. Held by the credentials, so that they go when these do.
const scopes = new WeakMap<Credentials, Map<string, Scope>>();

interface Last {
  readonly credentials: Credentials;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly scope: Scope;
}

// A copy signs everything in one scope: asking whether it is the same is cheaper than putting its name together.
let last: Last | undefined;

/** `date`: `20130524`. */
export function scopeOf(
  credentials: Credentials,
  date: string,
  region: string,
  service: string,
): Scope {
  if (
    last?.credentials === credentials &&
    last.date === date &&
    last.region === region &&
    last.service === service
  ) {
    return last.scope;
  }
  const scope = findScope(credentials, date, region, service);
  last = { credentials, date, region, service, scope };
  return scope;
}

function findScope(credentials: Credentials, date: string, region: string, service: string): Scope {
  let own = scopes.get(credentials);
  if (own === undefined) scopes.set(credentials, (own = new Map<string, Scope>()));
  const name = `${date}/${region}/${service}/aws4_request`;
  const known = own.get(name);
  if (known !== undefined) return known;
  const scope = {
    name,
    credential: `${credentials.accessKeyId}/${name}`,
    hmac: hmacSha256(derive(credentials.secretAccessKey, [date, region, service, "aws4_request"])),
  };
  // A worker that lives for weeks under fixed keys has one more every day.
  if (own.size > 16) own.clear();
  own.set(name, scope);
  return scope;
}

function derive(secret: string, parts: readonly string[]): Buffer {
  return parts.reduce<Buffer>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  );
}
