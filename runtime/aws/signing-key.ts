import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Credentials } from "./sign.ts";

/** What signatures of one day, region and service have in common. */
export interface Scope {
  /** `20130524/eu-west-1/s3/aws4_request`. */
  readonly name: string;
  /** `AKIA.../20130524/eu-west-1/s3/aws4_request`. */
  readonly credential: string;
  readonly key: KeyObject;
}

// Deriving a key costs four HMACs. Held by the credentials, so that they go when these do.
const scopes = new WeakMap<Credentials, Map<string, Scope>>();

/** `date`: `20130524`. */
export function scopeOf(
  credentials: Credentials,
  date: string,
  region: string,
  service: string,
): Scope {
  let own = scopes.get(credentials);
  if (own === undefined) scopes.set(credentials, (own = new Map<string, Scope>()));
  const name = `${date}/${region}/${service}/aws4_request`;
  const known = own.get(name);
  if (known !== undefined) return known;
  const scope = {
    name,
    credential: `${credentials.accessKeyId}/${name}`,
    key: derive(credentials.secretAccessKey, [date, region, service, "aws4_request"]),
  };
  // A worker that lives for weeks under fixed keys has one more every day.
  if (own.size > 16) own.clear();
  own.set(name, scope);
  return scope;
}

/** As a KeyObject: an HMAC under a Buffer takes several times as long. */
function derive(secret: string, parts: readonly string[]): KeyObject {
  const key = parts.reduce<Buffer>(
    (key, part) => createHmac("sha256", key).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  return createSecretKey(key);
}
