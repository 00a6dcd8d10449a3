import { createHash, timingSafeEqual } from "node:crypto";
import type { Logger } from "pino";
import type { Db } from "../db/database.ts";
import { RequestProblem } from "../http/problem.ts";
import { isLoopback } from "../loopback.ts";
import type { Settings } from "../settings.ts";
import { IssuerKeys } from "./keys.ts";
import { looksLikeMachineToken } from "./machine-token.ts";
import { verifyMachineToken } from "./machine.ts";
import { local, Principal } from "./principal.ts";
import { unauthorized } from "./unauthorized.ts";
import { verifyToken } from "./verify.ts";

/** What of a request says who sent it. */
export interface Credentials {
  authorization: string | undefined;
  /** The host that the request names, without port. */
  host: string;
  /** The address that the request came from. */
  from: string;
}

/** @throws RequestProblem `unauthorized`, `wrong-host`, or `unavailable` when it cannot be found out now. */
export type Authenticate = (credentials: Credentials) => Promise<Principal>;

/** Who sends the token that the service was started with. */
const holder = new Principal({
  id: "token:static",
  name: "CAUSEWAY_TOKEN",
  kind: "machine",
  operator: true,
  roles: {},
});

export function authenticator(
  { token, issuer }: Pick<Settings, "token" | "issuer">,
  db: Db,
  log: Logger,
): Authenticate {
  const keys = issuer === undefined ? undefined : new IssuerKeys(issuer.url, log);
  return async ({ authorization, host }) => {
    if (authorization === undefined && token === undefined && issuer === undefined) {
      requireLoopbackName(host);
      return local;
    }
    const given = bearerIn(authorization);
    if (token !== undefined && equal(given, token)) return holder;
    if (looksLikeMachineToken(given)) return verifyMachineToken(db, given);
    if (issuer !== undefined && keys !== undefined) return verifyToken(given, issuer, keys);
    throw unauthorized("The token is not one of this service's.");
  };
}

function bearerIn(authorization: string | undefined): string {
  const [, given] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
  if (given !== undefined) return given;
  throw unauthorized("Send the header: Authorization: Bearer TOKEN.");
}

/**
 * Without a token only this machine's own programs may use the API. A web page that has its own name resolve to 127.0.0.1 would be one of
 * them (DNS rebinding), but it cannot hide that name.
 */
function requireLoopbackName(host: string): void {
  if (isLoopback(host)) return;
  throw new RequestProblem(
    "wrong-host",
    "Without a token this service answers to localhost and 127.0.0.1 only.",
  );
}

/** In constant time: digests have one length, whatever was given. */
function equal(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
