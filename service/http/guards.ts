import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestHandler } from "express";
import { isLoopback } from "../settings.ts";
import { RequestProblem } from "./problem.ts";

/** Lets in who carries the token; compared in constant time. */
export function requireToken(token: string): RequestHandler {
  const wanted = digest(token);
  return (request, _response, next) => {
    const [, given = ""] = /^Bearer +(\S+)$/i.exec(request.get("authorization") ?? "") ?? [];
    if (timingSafeEqual(digest(given), wanted)) {
      next();
      return;
    }
    throw new RequestProblem("unauthorized", "Send the header: Authorization: Bearer TOKEN.", {
      headers: { "www-authenticate": 'Bearer realm="causeway"' },
    });
  };
}

/**
 * Without a token only this machine's own programs may use the API. A web page that has its own name resolve to 127.0.0.1 would be one of
 * them (DNS rebinding), but it cannot hide that name.
 */
export const requireLoopbackName: RequestHandler = (request, _response, next) => {
  if (isLoopback(request.hostname)) {
    next();
    return;
  }
  throw new RequestProblem(
    "wrong-host",
    "Without a token this service answers to localhost and 127.0.0.1 only.",
  );
};

/** Digests have one length, whatever was given. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
