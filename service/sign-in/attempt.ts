import { z } from "zod";
import { cookie, cookieName, cookiesOf } from "./cookies.ts";

/** What a sign-in that has begun must find again when the issuer sends the browser back. */
const Attempt = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** The page that was wanted. */
  next: z.string(),
});
export type Attempt = z.output<typeof Attempt>;

const seconds = 600;
/** Pages that are opened at once may each begin one. */
const mostAtOnce = 8;

/**
 * Kept in a cookie of the browser that began, for ten minutes: the issuer's answer counts in that browser only, at whichever service it
 * arrives, and nobody fills a database by knocking. It is not sealed: it holds nothing that its owner may not read, and what its owner
 * changes in it does not fit the issuer's answer any more.
 */
export function keepAttempt(
  origin: string,
  attempt: Attempt,
  header: string | undefined,
): string[] {
  const value = Buffer.from(JSON.stringify(attempt)).toString("base64url");
  const others = attemptsIn(origin, header);
  const stale = others.length < mostAtOnce ? [] : others;
  return [
    ...stale.map((name) => cookie(origin, name, "", 0)),
    cookie(origin, nameOf(origin, attempt.state), value, seconds),
  ];
}

export function findAttempt(
  origin: string,
  state: string,
  header: string | undefined,
): Attempt | undefined {
  const value = cookiesOf(header).get(nameOf(origin, state)) ?? "";
  try {
    const found = Attempt.parse(JSON.parse(Buffer.from(value, "base64url").toString()));
    return found.state === state ? found : undefined;
  } catch {
    return undefined;
  }
}

export function forgetAttempt(origin: string, state: string): string {
  return cookie(origin, nameOf(origin, state), "", 0);
}

function nameOf(origin: string, state: string): string {
  return cookieName(origin, `login-${state.replaceAll(/[^\w-]/g, "").slice(0, 12)}`);
}

function attemptsIn(origin: string, header: string | undefined): string[] {
  const [start = ""] = nameOf(origin, "").split("login-");
  return [...cookiesOf(header).keys()].filter((name) => name.startsWith(`${start}login-`));
}
