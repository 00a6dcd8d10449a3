import type { Request, Response } from "express";
import type { Context } from "../context.ts";
import type { ShowPage } from "../http/error-mapper.ts";
import { principalOf } from "../http/guards.ts";
import { isSafe } from "../http/methods.ts";
import { problemKinds, type ProblemKind, type RequestProblem } from "../http/problem.ts";
import { requestIdOf } from "../http/request.ts";
import { SignInProblem } from "../sign-in/problem.ts";
import { html, type Html } from "./html.ts";
import { pageHeaders, writePage } from "./page.ts";

type Browsers = Pick<Context, "signIn">;

/** Sends whoever is not signed in to do so, and shows any other problem as a page with a way on. */
export function problemPage({ signIn }: Browsers): ShowPage {
  return (problem, request, response) => {
    const origin = signIn?.originFor(request.get("host"));
    if (origin !== undefined && couldSignIn(problem, request)) {
      response.redirect(303, `${origin}${signInPath(request.originalUrl)}`);
      return;
    }
    const { status } = problemKinds[problem.kind];
    const page = pageOf(problem, request, response, signIn !== undefined);
    response.status(status).set(problem.headers).set(pageHeaders).send(page);
  };
}

/** Who sends a token meant to use that, and a change cannot be sent again by a redirect. */
function couldSignIn({ kind }: RequestProblem, request: Request): boolean {
  return (
    kind === "unauthorized" && request.get("authorization") === undefined && isSafe(request.method)
  );
}

function signInPath(next: string | undefined, prompt?: "login"): string {
  const query = new URLSearchParams({
    ...(next === undefined ? {} : { next }),
    ...(prompt === undefined ? {} : { prompt }),
  });
  return query.size === 0 ? "/login" : `/login?${query.toString()}`;
}

/** What to do about these is done in a browser; about the others it is for programs, and the page says what they mean. */
const aboutSigningIn = new Set<ProblemKind>([
  "unauthorized",
  "sign-in-failed",
  "no-role",
  "unavailable",
]);

function pageOf(
  problem: RequestProblem,
  request: Request,
  response: Response,
  mayOffer: boolean,
): string {
  const { title, meaning, remedy } = problemKinds[problem.kind];
  const ways = mayOffer ? waysOn(problem, request, response) : [];
  return writePage({
    title,
    viewer: principalOf(response),
    body: html`<main class="narrow">
      <h1>${title}</h1>
      <p class="lead" role="alert">${problem.message}</p>
      <p>${withCode(aboutSigningIn.has(problem.kind) ? remedy : meaning)}</p>
      <div class="ways">${ways}</div>
      <p class="fine">
        Request <code>${requestIdOf(response)}</code>; quote it when you ask about this. What it
        means: <a href="/problems/${problem.kind}">${problem.kind}</a>.
      </p>
    </main>`,
  });
}

/** Signing in as who one is where nobody is signed in, and as somebody else where somebody is. */
function waysOn(problem: RequestProblem, request: Request, response: Response): Html[] {
  const isSigningIn = problem instanceof SignInProblem;
  const next = isSigningIn ? pathOf(problem.next) : request.originalUrl;
  const { kind } = principalOf(response);
  if (kind === "user" || problem.kind === "no-role") {
    return [
      html`<a class="button" href="${signInPath(next, "login")}">Sign in as somebody else</a>`,
      ...(kind === "user" ? [html`<a class="button second" href="/">To the first page</a>`] : []),
    ];
  }
  const again = problem.kind === "unavailable" ? "Try again" : "Sign in";
  return [
    html`<a
      class="button"
      href="${signInPath(isSigningIn || request.method === "GET" ? next : "/")}"
      >${again}</a
    >`,
  ];
}

function pathOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const { pathname, search } = new URL(address);
  return `${pathname}${search}`;
}

/** `like this` as code. */
function withCode(text: string): (Html | string)[] {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
