import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { crossSite } from "../auth/authenticate.ts";
import { endpoint } from "../http/endpoint.ts";
import { noQuery } from "../http/page.ts";
import { isOwnPage } from "../sign-in/origin.ts";
import { html } from "../web/html.ts";
import { pageReply } from "../web/page.ts";
import { browserOf, signInOr404 } from "./browser.ts";

const path = "/logout";

export const logoutPage = endpoint({
  method: "get",
  path,
  access: "public",
  operationId: "askToSignOut",
  summary: "The page that signs a browser out",
  params: fields({}),
  query: noQuery,
  answers: { 200: { description: "The page.", contentType: "text/html" } },
  problems: ["not-found"],
  handle: async (request, { signIn }) => {
    const holder = await signInOr404(signIn).holderOf(browserOf(request));
    if (holder === undefined) return pageReply({ title: "You are signed out", body: signedOut });
    const body = html`<main class="narrow">
      <h1>Sign out?</h1>
      <p class="lead">You are signed in as ${holder.name}.</p>
      <div class="ways">
        <form method="post" action="/logout"><button>Sign out</button></form>
        <form method="post" action="/logout?everywhere=true">
          <button class="second">Sign out in all browsers</button>
        </form>
      </div>
    </main>`;
    return pageReply({ title: "Sign out", viewer: holder, body });
  },
});

const signedOut = html`<main class="narrow">
  <h1>You are signed out</h1>
  <p class="lead">This browser has no session here any more.</p>
  <p>
    You may still be signed in at the issuer; the next sign-in here asks who you are all the same.
  </p>
  <div class="ways"><a class="button" href="/login">Sign in</a></div>
</main>`;

export const logout = endpoint({
  method: "post",
  path,
  access: "public",
  operationId: "signOut",
  summary: "Sign a browser out",
  description: "Ends the session that the cookie names; for pages of this service only.",
  params: fields({}),
  query: fields({
    everywhere: z
      .literal("true")
      .optional()
      .meta({ description: "Ends the same person's sessions in other browsers too." }),
  }),
  answers: {
    303: {
      description: "To the page that says so.",
      headers: { Location: "That page." },
      contentType: "text/html",
    },
  },
  problems: ["cross-site", "not-found"],
  handle: async (request, { signIn }) => {
    const browser = browserOf(request);
    const known = signInOr404(signIn);
    const origin = known.originFor(browser.host);
    if (!isOwnPage(browser, origin)) throw crossSite();
    const whose = request.query.everywhere === undefined ? "here" : "everywhere";
    const cookies = await known.end(browser, whose);
    return { status: 303, headers: { location: `${origin ?? ""}${path}`, "set-cookie": cookies } };
  },
});
