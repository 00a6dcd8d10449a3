import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import type { Logger } from "pino";
import { z } from "zod";

/** The issuer cannot be asked now; nothing is known about the token. */
export class IssuerUnreachable extends Error {
  override readonly name = "IssuerUnreachable";
}

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const Jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

export interface KeyTimes {
  /** At least this long between two questions to the issuer: nobody makes us ask by sending unknown key ids. */
  cooldownMs: number;
  /** Keys are asked for again after this time, so that withdrawn ones are not trusted for ever. */
  maxAgeMs: number;
  timeoutMs: number;
}

const standard: KeyTimes = { cooldownMs: 30_000, maxAgeMs: 600_000, timeoutMs: 5_000 };

/** An issuer's signing keys: found through discovery, asked for again when a token names an unknown one, kept while the issuer is down. */
export class IssuerKeys {
  readonly #issuer: string;
  readonly #log: Logger;
  readonly #times: KeyTimes;
  #find: JWTVerifyGetKey | undefined;
  #fetchedAt = 0;
  #triedAt = -Infinity;
  #failure: unknown;
  #fetching: Promise<void> | undefined;

  constructor(issuer: string, log: Logger, times: Partial<KeyTimes> = {}) {
    this.#issuer = issuer;
    this.#log = log;
    this.#times = { ...standard, ...times };
  }

  /**
   * The key that a token says it is signed with, as jose wants it.
   * @throws IssuerUnreachable
   */
  readonly keyFor: JWTVerifyGetKey = async (header, token) => {
    if (this.#find === undefined || Date.now() - this.#fetchedAt > this.#times.maxAgeMs) {
      await this.#refresh();
    }
    if (this.#find === undefined) throw this.#unreachable();
    try {
      return await this.#find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      // Perhaps a new key; unless that was just looked into.
      await this.#refresh();
      if (this.#failure !== undefined) throw this.#unreachable();
      return await this.#find(header, token);
    }
  };

  /** Seconds after which asking again makes sense. */
  get retryAfter(): number {
    return Math.max(1, Math.ceil((this.#triedAt + this.#pause - Date.now()) / 1000));
  }

  /** A failure is looked into sooner than an unknown key. */
  get #pause(): number {
    return this.#failure === undefined
      ? this.#times.cooldownMs
      : Math.min(5_000, this.#times.cooldownMs);
  }

  async #refresh(): Promise<void> {
    if (this.#fetching === undefined && Date.now() - this.#triedAt < this.#pause) return;
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = undefined));
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    try {
      const { jwks_uri } = await this.#discover();
      const jwks = Jwks.parse(await this.#json(jwks_uri));
      this.#find = createLocalJWKSet(jwks);
      this.#fetchedAt = Date.now();
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      this.#log.warn({ err: error, issuer: this.#issuer }, "the issuer's keys cannot be read now");
    } finally {
      this.#triedAt = Date.now();
    }
  }

  async #discover(): Promise<z.output<typeof Discovery>> {
    const url = `${this.#issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const found = Discovery.parse(await this.#json(url));
    if (found.issuer === this.#issuer) return found;
    throw new Error(
      `${url} is of the issuer ${found.issuer}, not ${this.#issuer}: set CAUSEWAY_ISSUER to exactly that`,
    );
  }

  async #json(url: string): Promise<unknown> {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(this.#times.timeoutMs),
      redirect: "error",
      headers: { accept: "application/json" },
    });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    return answer.json();
  }

  #unreachable(): IssuerUnreachable {
    return new IssuerUnreachable(`The issuer ${this.#issuer} cannot be asked for its keys now.`, {
      cause: this.#failure,
    });
  }
}
