import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { unauthorized } from "../auth/unauthorized.ts";
import { endpoint, type Reply } from "../http/endpoint.ts";
import { pageAfter } from "../sign-in/next.ts";
import { originFor } from "../sign-in/origin.ts";
import { callbackPath, type Redirect } from "../sign-in/sign-in.ts";
import { browserOf, signInOr404 } from "./browser.ts";

const onward = {
  description: "To where signing in goes on.",
  headers: { Location: "The issuer, then the page that was wanted." },
  contentType: "text/html",
};

export const login = endpoint({
  method: "get",
  path: "/login",
  access: "public",
  operationId: "signIn",
  summary: "Sign a browser in",
  description:
    "Begins the authorization code with PKCE at the issuer. Programs send a token instead; `GET /v1/auth` says how to get one.",
  params: fields({}),
  query: z.object({
    next: z.string().optional().meta({
      description: "The page to go on to, a path of this service; else the first page.",
    }),
    prompt: z
      .literal("login")
      .optional()
      .meta({ description: "Asks who it is, even who is signed in at the issuer." }),
  }),
  passesSecrets: true,
  answers: { 303: onward },
  problems: ["unavailable", "unauthorized"],
  handle: async (request, { signIn, settings }) => {
    const { next, prompt } = request.query;
    if (signIn !== undefined) return redirect(await signIn.begin(browserOf(request), next, prompt));
    // Whoever is on this machine is let in as they are.
    const origin = originFor(request.header("host"), undefined);
    if (settings.token === undefined && origin !== undefined) {
      return redirect({ location: pageAfter(next, origin), cookies: [] });
    }
    throw unauthorized(
      "Browsers cannot sign in here: no issuer is set up (CAUSEWAY_ISSUER). Programs send the header Authorization: Bearer TOKEN.",
    );
  },
});

/** As long as a request's head may be. */
const said = z.string().optional();

export const loginCallback = endpoint({
  method: "get",
  path: callbackPath,
  access: "public",
  operationId: "finishSignIn",
  summary: "Where the issuer sends a browser back to",
  description: "Takes a code, once, in the browser that asked for it, and begins its session.",
  params: fields({}),
  // Issuers add more.
  query: z.object({ code: said, state: said, iss: said, error: said, error_description: said }),
  passesSecrets: true,
  answers: { 303: onward },
  problems: ["sign-in-failed", "no-role", "unavailable", "not-found"],
  handle: async (request, { signIn }) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request.query)) {
      if (value !== undefined) query.set(name, value);
    }
    return redirect(await signInOr404(signIn).finish(browserOf(request), query));
  },
});

function redirect({ location, cookies }: Redirect): Reply {
  return { status: 303, headers: { location, "set-cookie": cookies } };
}
