import { createHash, timingSafeEqual } from "node:crypto";
import { isLoopback, type Settings } from "../settings.ts";
import { RequestProblem } from "../http/problem.ts";
import { local, Principal } from "./principal.ts";

/** What of a request says who sent it. */
export interface Credentials {
  authorization: string | undefined;
  /** The host that the request names, without port. */
  host: string;
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

export function authenticator({ token }: Pick<Settings, "token">): Authenticate {
  return async ({ authorization, host }) => {
    if (authorization === undefined && token === undefined) {
      requireLoopbackName(host);
      return Promise.resolve(local);
    }
    const [, given = ""] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    if (token !== undefined && equal(given, token)) return Promise.resolve(holder);
    throw unauthorized("Send the header: Authorization: Bearer TOKEN.");
  };
}

export function unauthorized(detail: string): RequestProblem {
  return new RequestProblem("unauthorized", detail, {
    headers: { "www-authenticate": 'Bearer realm="causeway"' },
  });
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
