import type { Logger } from "pino";
import { IssuerKeys } from "../auth/keys.ts";
import { looksLikeSecret } from "../auth/machine-token.ts";
import type { Principal } from "../auth/principal.ts";
import type { IssuerSettings } from "../auth/settings.ts";
import { readToken } from "../auth/verify.ts";
import type { Db } from "../db/database.ts";
import { RequestProblem } from "../http/problem.ts";
import { findAttempt, forgetAttempt, keepAttempt } from "./attempt.ts";
import { cookie, cookieName, cookiesOf } from "./cookies.ts";
import { pageAfter } from "./next.ts";
import { OpenIdClient } from "./openid.ts";
import { originFor } from "./origin.ts";
import { SignInProblem } from "./problem.ts";
import { Sessions } from "./sessions.ts";
import type { SignInSettings } from "./settings.ts";

/** What signing in and out looks at in a request. */
export interface BrowserRequest {
  host: string | undefined;
  cookies: string | undefined;
  requestId: string;
  from: string;
}

export interface Redirect {
  location: string;
  cookies: string[];
}

export const callbackPath = "/login/callback";

/** Signs people in at the issuer, and browsers in here: what begins, ends and reads sessions. */
export class SignIn {
  readonly #issuer: IssuerSettings;
  readonly #settings: SignInSettings;
  readonly #keys: IssuerKeys;
  readonly #openid: OpenIdClient;
  readonly #sessions: Sessions;

  constructor(issuer: IssuerSettings, settings: SignInSettings, db: Db, log: Logger) {
    this.#issuer = issuer;
    this.#settings = settings;
    this.#keys = new IssuerKeys(issuer.url, log);
    this.#openid = new OpenIdClient(issuer, settings, log);
    this.#sessions = new Sessions(db, issuer.url, settings);
  }

  /** Undefined where browsers cannot be sent back to: CAUSEWAY_PUBLIC_URL is missing. */
  originFor(host: string | undefined): string | undefined {
    return originFor(host, this.#settings.publicOrigin);
  }

  /** Whom a bearer token of the issuer stands for. */
  async verify(token: string): Promise<Principal> {
    return (await readToken(token, this.#issuer, this.#keys)).principal;
  }

  /** Whose session the cookies name; undefined: nobody's, or one that has ended. */
  async holderOf({
    host,
    cookies,
  }: Pick<BrowserRequest, "host" | "cookies">): Promise<Principal | undefined> {
    const secret = this.#secretIn(host, cookies);
    return secret === undefined ? undefined : this.#sessions.find(secret);
  }

  /** @param asked - `login`: who it is is asked anew; so it is after signing out. */
  async begin(
    { host, cookies }: BrowserRequest,
    next: string | undefined,
    asked: "login" | undefined,
  ): Promise<Redirect> {
    const origin = this.#requireOrigin(host);
    const hasLeft = cookiesOf(cookies).has(cookieName(origin, "left"));
    const { location, attempt } = await this.#openid.begin(
      `${origin}${callbackPath}`,
      pageAfter(next, origin),
      hasLeft ? "login" : asked,
    );
    return { location, cookies: keepAttempt(origin, attempt, cookies) };
  }

  /**
   * @param query - What the issuer sent the browser back with.
   * @throws SignInProblem
   */
  async finish(request: BrowserRequest, query: URLSearchParams): Promise<Redirect> {
    const { host, cookies } = request;
    const origin = this.#requireOrigin(host);
    const state = query.get("state") ?? "";
    const attempt = findAttempt(origin, state, cookies);
    if (attempt === undefined) {
      throw new SignInProblem(
        "sign-in-failed",
        "This sign-in was not begun in this browser, was begun more than ten minutes ago, or has ended already (state).",
      );
    }
    // From the cookie, which is its owner's: looked at anew.
    const isOurs = attempt.next.startsWith(origin);
    const next = pageAfter(isOurs ? attempt.next.slice(origin.length) : undefined, origin);
    const back = new URL(`${origin}${callbackPath}?${query.toString()}`);
    try {
      const signedIn = await this.#exchange(back, { ...attempt, next });
      const { secret, seconds } = await this.#sessions.begin(
        signedIn.principal,
        signedIn.endsAt,
        request,
      );
      // A browser has one session: the old one's cookie is gone, so it goes too.
      const old = this.#secretIn(host, cookies);
      if (old !== undefined) await this.#sessions.end(old, "here", request);
      return {
        location: next,
        cookies: [
          forgetAttempt(origin, state),
          cookie(origin, cookieName(origin, "left"), "", 0),
          cookie(origin, cookieName(origin, "session"), secret, seconds),
        ],
      };
    } catch (error) {
      if (error instanceof SignInProblem)
        error.headers["set-cookie"] = forgetAttempt(origin, state);
      throw error;
    }
  }

  /** Ends the session, here and in the cookie; the next sign-in asks who it is. */
  async end(request: BrowserRequest, whose: "here" | "everywhere"): Promise<string[]> {
    const origin = this.#requireOrigin(request.host);
    const secret = this.#secretIn(request.host, request.cookies);
    if (secret !== undefined) await this.#sessions.end(secret, whose, request);
    return [
      cookie(origin, cookieName(origin, "session"), "", 0),
      cookie(origin, cookieName(origin, "left"), "1", 86_400),
    ];
  }

  /** The access token goes the way of every bearer token; who it names must be who the ID token names. */
  async #exchange(back: URL, attempt: Parameters<OpenIdClient["finish"]>[1]) {
    const { next } = attempt;
    const { accessToken, subject } = await this.#openid.finish(back, attempt);
    const { principal, endsAt } = await this.#verified(accessToken, next);
    if (principal.id !== `oidc:${subject}`) {
      throw new SignInProblem("sign-in-failed", "The issuer's two tokens name two people.", {
        next,
      });
    }
    if (principal.operator || Object.keys(principal.roles).length > 0) return { principal, endsAt };
    throw new SignInProblem(
      "no-role",
      `The issuer says that you are ${principal.name}, and names no role for you here.`,
      { next },
    );
  }

  async #verified(accessToken: string, next: string) {
    try {
      return await readToken(accessToken, this.#issuer, this.#keys);
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      const kind = error.kind === "unavailable" ? "unavailable" : "sign-in-failed";
      throw new SignInProblem(kind, error.message, { next, cause: error });
    }
  }

  #secretIn(host: string | undefined, cookies: string | undefined): string | undefined {
    const origin = this.originFor(host);
    if (origin === undefined || cookies === undefined) return undefined;
    const found = cookiesOf(cookies).get(cookieName(origin, "session"));
    return found !== undefined && looksLikeSecret(found) ? found : undefined;
  }

  #requireOrigin(host: string | undefined): string {
    const origin = this.originFor(host);
    if (origin !== undefined) return origin;
    throw new SignInProblem(
      "unavailable",
      "Browsers cannot sign in here yet: whoever runs the service sets CAUSEWAY_PUBLIC_URL to the address that browsers use.",
    );
  }
}
