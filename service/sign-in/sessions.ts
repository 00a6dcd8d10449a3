import { audit, type Origin } from "../audit/record.ts";
import { hashOfSecret, newSecret } from "../auth/machine-token.ts";
import { Principal } from "../auth/principal.ts";
import type { Db } from "../db/database.ts";
import {
  deleteSession,
  deleteSessionsOf,
  findSession,
  insertSession,
  noteSession,
} from "../db/sessions.ts";
import type { SignInSettings } from "./settings.ts";

type Request = Pick<Origin, "requestId" | "from">;

/**
 * Who has signed in by which browser. Rows in the database, not sealed cookies: every service on it knows them without sharing a key, one
 * that was ended is refused by all of them from then on, and neither the cookie nor the row alone is worth anything.
 */
export class Sessions {
  readonly #db: Db;
  readonly #issuer: string;
  readonly #settings: Pick<SignInSettings, "sessionMs" | "idleMs">;

  constructor(db: Db, issuer: string, settings: Pick<SignInSettings, "sessionMs" | "idleMs">) {
    this.#db = db;
    this.#issuer = issuer;
    this.#settings = settings;
  }

  /**
   * @param tokenEndsAt - Of the token that said who it is; the session knows it no longer.
   * @returns what the cookie is to hold, and for how long.
   */
  async begin(
    principal: Principal,
    tokenEndsAt: Date,
    request: Request,
  ): Promise<{ secret: string; seconds: number }> {
    const { id, name, kind, operator, roles } = principal;
    const secret = newSecret();
    const hash = hashOfSecret(secret);
    const now = Date.now();
    const endsAt = new Date(Math.min(now + this.#settings.sessionMs, tokenEndsAt.getTime()));
    await this.#db.transaction().execute(async (transaction) => {
      await insertSession(transaction, {
        hash,
        principal: id,
        issuer: this.#issuer,
        identity: { id, name, kind, operator, roles },
        expires_at: endsAt,
      });
      const about = {
        tenant: null,
        target: targetOf(hash),
        detail: `until ${endsAt.toISOString()}`,
      };
      await audit(transaction, { principal, ...request, action: "session.begin", ...about });
    });
    return { secret, seconds: (endsAt.getTime() - now) / 1000 };
  }

  /** Undefined for one that has ended, was not used for too long, or never was. */
  async find(secret: string): Promise<Principal | undefined> {
    const row = await findSession(this.#db, {
      hash: hashOfSecret(secret),
      issuer: this.#issuer,
      usedSince: new Date(Date.now() - this.#settings.idleMs),
    });
    if (row === undefined) return undefined;
    await noteSession(this.#db, row, Math.min(30_000, this.#settings.idleMs / 4));
    return new Principal(row.identity);
  }

  /** @param whose - `everywhere`: in all browsers of the same person. */
  async end(secret: string, whose: "here" | "everywhere", request: Request): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      const hash = hashOfSecret(secret);
      const row = await deleteSession(transaction, hash);
      if (row === undefined) return;
      const { id, name, kind } = row.identity;
      const others = whose === "here" ? 0 : await deleteSessionsOf(transaction, row.principal);
      await audit(transaction, {
        principal: { id, name, kind },
        ...request,
        action: "session.end",
        tenant: null,
        target: targetOf(hash),
        ...(whose === "here" ? {} : { detail: `and ${others} in other browsers` }),
      });
    });
  }
}

/** The hash is of 256 random bits: a part of it tells sessions apart and opens none. */
function targetOf(hash: string): string {
  return `sessions/${hash.slice(0, 16)}`;
}
