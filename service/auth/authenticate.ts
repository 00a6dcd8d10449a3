import { createHash, timingSafeEqual } from "node:crypto";
import type { Db } from "../db/database.ts";
import { isSafe } from "../http/methods.ts";
import { RequestProblem } from "../http/problem.ts";
import { isLoopback } from "../loopback.ts";
import type { Settings } from "../settings.ts";
import { isForeignPage, isOwnPage, originFor, type Sender } from "../sign-in/origin.ts";
import type { SignIn } from "../sign-in/sign-in.ts";
import { looksLikeMachineToken } from "./machine-token.ts";
import { verifyMachineToken } from "./machine.ts";
import { local, Principal } from "./principal.ts";
import { unauthorized } from "./unauthorized.ts";

/** What of a request says who sent it. */
export interface Credentials extends Sender {
  method: string;
  authorization: string | undefined;
  /** As the client wrote it, whatever a proxy says: a page can write X-Forwarded-Host, but not Host. */
  host: string | undefined;
  /** The header Cookie. */
  cookies: string | undefined;
  /** The address that the request came from. */
  from: string;
}

/** @throws RequestProblem `unauthorized`, `wrong-host`, `cross-site`, or `unavailable` when it cannot be found out now. */
export type Authenticate = (credentials: Credentials) => Promise<Principal>;

/** Who sends the token that the service was started with. */
const operator = new Principal({
  id: "token:static",
  name: "CAUSEWAY_TOKEN",
  kind: "machine",
  operator: true,
  roles: {},
});

/** @param signIn - Undefined without an issuer. */
export function authenticator(
  { token }: Pick<Settings, "token">,
  db: Db,
  signIn: SignIn | undefined,
): Authenticate {
  return async (credentials) => {
    const { authorization } = credentials;
    if (authorization === undefined && token === undefined && signIn === undefined) {
      return whoeverIsHere(credentials);
    }
    if (authorization === undefined && signIn !== undefined) {
      const holder = await whoeverSignedIn(credentials, signIn);
      if (holder !== undefined) return holder;
    }
    const given = bearerIn(authorization);
    if (token !== undefined && equal(given, token)) return operator;
    if (looksLikeMachineToken(given)) return verifyMachineToken(db, given);
    if (signIn !== undefined) return signIn.verify(given);
    throw unauthorized("The token is not one of this service's.");
  };
}

/** A browser sends its cookie whoever's page asks it to: what changes something must come from a page of ours, and be seen to. */
async function whoeverSignedIn(
  credentials: Credentials,
  signIn: SignIn,
): Promise<Principal | undefined> {
  const principal = await signIn.holderOf(credentials);
  if (principal === undefined || isSafe(credentials.method)) return principal;
  if (isOwnPage(credentials, signIn.originFor(credentials.host))) return principal;
  throw crossSite();
}

/** Without a token only this machine's own programs may use the API, and no pages of others in its browsers. */
function whoeverIsHere(credentials: Credentials): Principal {
  requireLoopbackName(nameIn(credentials.host));
  const own = originFor(credentials.host, undefined);
  if (isSafe(credentials.method) || !isForeignPage(credentials, own)) return local;
  throw crossSite();
}

export function crossSite(): RequestProblem {
  return new RequestProblem(
    "cross-site",
    "Expected a request of one of this service's own pages (Sec-Fetch-Site: same-origin, or its Origin), got one of another's, or one that does not say. Programs send a token: Authorization: Bearer TOKEN.",
  );
}

function nameIn(host = ""): string {
  return host.replace(/:\d+$/, "");
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
