import type { Parsed } from "../http/endpoint.ts";
import { notFound } from "../http/problem.ts";
import type { Sender } from "../sign-in/origin.ts";
import type { BrowserRequest, SignIn } from "../sign-in/sign-in.ts";

type Headers = Pick<Parsed<unknown, unknown, unknown>, "header" | "requestId" | "from">;

/** What a page that is for whoever signed in answers to a browser that has not. */
export const toSignIn = {
  description: "To the sign-in, for a browser that is not signed in.",
  headers: { Location: "The sign-in, with the way back." },
  contentType: "text/html",
};

/** What signing in and out looks at in a request. */
export function browserOf({ header, requestId, from }: Headers): BrowserRequest & Sender {
  return {
    host: header("host"),
    cookies: header("cookie"),
    origin: header("origin"),
    fetchSite: header("sec-fetch-site"),
    requestId,
    from,
  };
}

/** @throws RequestProblem `not-found` where there is no issuer, so that nobody signs in or out. */
export function signInOr404(signIn: SignIn | undefined): SignIn {
  if (signIn !== undefined) return signIn;
  throw notFound("sign-in here: no issuer is set up (CAUSEWAY_ISSUER)");
}
