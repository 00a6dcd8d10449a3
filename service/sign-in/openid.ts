import * as openid from "openid-client";
import type { Logger } from "pino";
import type { IssuerSettings } from "../auth/settings.ts";
import type { Attempt } from "./attempt.ts";
import { SignInProblem } from "./problem.ts";
import type { SignInSettings } from "./settings.ts";

const goodForMs = 600_000;
const timeoutSeconds = 5;
/** Codes that are exchanged at once: nobody has us flood the issuer. */
const mostAtOnce = 16;

/** The service as a client of the issuer: authorization code with PKCE (S256), state and nonce. */
export class OpenIdClient {
  readonly #issuer: IssuerSettings;
  readonly #settings: SignInSettings;
  readonly #log: Logger;
  #configuration: Promise<openid.Configuration> | undefined;
  #madeAt = 0;
  #exchanging = 0;

  constructor(issuer: IssuerSettings, settings: SignInSettings, log: Logger) {
    this.#issuer = issuer;
    this.#settings = settings;
    this.#log = log;
  }

  /**
   * Where a browser goes to sign in, and what is to be kept until it comes back.
   * @param prompt - `login`: somebody is asked, even who is signed in at the issuer.
   * @throws SignInProblem `unavailable`
   */
  async begin(
    redirectUri: string,
    next: string,
    prompt: "login" | undefined,
  ): Promise<{ location: string; attempt: Attempt }> {
    const configuration = await this.#discover(next);
    const attempt = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
      next,
    };
    const { audience } = this.#issuer;
    const location = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.#scope,
      audience,
      // RFC 8707 takes addresses only.
      ...(URL.canParse(audience) ? { resource: audience } : {}),
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: "S256",
      ...(prompt === undefined ? {} : { prompt }),
    });
    return { location: location.href, attempt };
  }

  /**
   * Exchanges the code that the issuer sent the browser back with.
   * @param back - The address that it came back to, whole.
   * @returns the access token, and whom the ID token beside it names.
   * @throws SignInProblem `sign-in-failed`, `unavailable`
   */
  async finish(back: URL, attempt: Attempt): Promise<{ accessToken: string; subject: string }> {
    const { next } = attempt;
    const configuration = await this.#discover(next);
    if (this.#exchanging >= mostAtOnce) throw unavailable("Too many people sign in now.", next);
    this.#exchanging += 1;
    try {
      const tokens = await openid.authorizationCodeGrant(configuration, back, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
      });
      return { accessToken: tokens.access_token, subject: tokens.claims()?.sub ?? "" };
    } catch (error) {
      this.#log.warn({ err: withoutTokens(error) }, "a sign-in failed");
      throw this.#problemOf(error, next);
    } finally {
      this.#exchanging -= 1;
    }
  }

  /** No refresh token: nothing is kept that could be stolen, and a session ends as its access token does. */
  get #scope(): string {
    return this.#issuer.scope
      .split(/\s+/)
      .filter((one) => one !== "offline_access")
      .join(" ");
  }

  async #discover(next: string): Promise<openid.Configuration> {
    if (Date.now() - this.#madeAt > goodForMs) this.#configuration = undefined;
    if (this.#configuration === undefined) {
      this.#madeAt = Date.now();
      this.#configuration = this.#read();
    }
    const asked = this.#configuration;
    try {
      const found = await asked;
      if (found.serverMetadata().authorization_endpoint !== undefined) return found;
      throw new Error(`${this.#issuer.url} names no authorization_endpoint`);
    } catch (error) {
      if (this.#configuration === asked) this.#configuration = undefined;
      this.#log.warn({ err: error, issuer: this.#issuer.url }, "the issuer cannot be asked now");
      throw this.#unreachable(next, error);
    }
  }

  #read(): Promise<openid.Configuration> {
    const { url, clockToleranceMs } = this.#issuer;
    const { clientId, clientSecret } = this.#settings;
    const execute = [openid.enableNonRepudiationChecks];
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to be seen: the settings take http:// on this machine only.
    if (url.startsWith("http:")) execute.push(openid.allowInsecureRequests);
    return openid.discovery(
      new URL(url),
      clientId,
      { [openid.clockTolerance]: clockToleranceMs / 1000 },
      clientSecret === undefined ? openid.None() : openid.ClientSecretBasic(clientSecret),
      { execute, timeout: timeoutSeconds },
    );
  }

  #problemOf(error: unknown, next: string): SignInProblem {
    if (error instanceof openid.AuthorizationResponseError) {
      const said = [error.error, error.error_description ?? ""].filter((one) => one !== "");
      return failed(`The issuer signed nobody in: ${said.join(": ").slice(0, 300)}.`, next, error);
    }
    const refusal = refusalIn(error);
    if (refusal === "invalid_grant") {
      const detail = "The issuer does not take this code: it was used before, or is too old.";
      return failed(detail, next, error);
    }
    if (refusal !== undefined) {
      const detail = `The issuer refuses this service as a client (${refusal}). Whoever runs the service finds more in its log.`;
      return failed(detail, next, error);
    }
    if (isAboutTheWay(error)) return this.#unreachable(next, error);
    return failed("The issuer's answer is not what was asked for.", next, error);
  }

  #unreachable(next: string, cause: unknown): SignInProblem {
    return unavailable(
      `The issuer ${this.#issuer.url}, where you sign in, does not answer now.`,
      next,
      cause,
    );
  }
}

function failed(detail: string, next: string, cause: unknown): SignInProblem {
  return new SignInProblem("sign-in-failed", detail, { next, cause });
}

function unavailable(detail: string, next: string, cause?: unknown): SignInProblem {
  return new SignInProblem("unavailable", detail, { next, cause, headers: { "retry-after": "5" } });
}

/** What the issuer calls its reason; a client with a wrong secret is challenged, as HTTP has it. */
function refusalIn(error: unknown): string | undefined {
  if (error instanceof openid.ResponseBodyError) return error.error;
  return error instanceof openid.WWWAuthenticateChallengeError ? "invalid_client" : undefined;
}

/** No connection, no answer in time, or an answer of whoever stands before the issuer. */
function isAboutTheWay(error: unknown): boolean {
  if (error instanceof TypeError) return true;
  const { code } = error as { code?: unknown };
  return code === "OAUTH_TIMEOUT" || code === "OAUTH_RESPONSE_IS_NOT_CONFORM";
}

/** What the library knows of an answer may be the answer: only its words are written down. */
function withoutTokens(error: unknown): object {
  const { name, message, code, error: said } = error as Record<string, unknown>;
  return { type: name, message, code, said };
}
