import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LocalIssuer, type IssuerOptions } from "./issuer/issuer.ts";
import { webClientId } from "./issuer/provider.ts";

/** Tokens with less time left than this are made anew at a start. */
const enoughMs = 7 * 86_400_000;

const Made = z.object({ token: z.string() });
const Me = z.object({ operator: z.boolean(), until: z.iso.datetime().nullable() });

/** Who may use the service that is started here: a local issuer's demo accounts, or whoever CAUSEWAY_ISSUER says; and a token for the operator's shell. */
export class Access {
  readonly issuer: LocalIssuer | undefined;
  readonly #folder: string;
  readonly #static: string | undefined;

  private constructor(issuer: LocalIssuer | undefined, folder: string, token: string | undefined) {
    this.issuer = issuer;
    this.#folder = folder;
    this.#static = token;
  }

  static async start(options: IssuerOptions, env = process.env): Promise<Access> {
    const given = env.CAUSEWAY_ISSUER ?? "";
    if (given === "")
      return new Access(await LocalIssuer.start(options), options.folder, undefined);
    // Nobody here can log in to another's issuer without a person: the start gets a token of its own.
    const token = ownToken(env) ?? randomBytes(32).toString("hex");
    return new Access(undefined, options.folder, token);
  }

  /** For the service's environment. */
  get settings(): Record<string, string> {
    if (this.issuer !== undefined) {
      return { CAUSEWAY_ISSUER: this.issuer.url, CAUSEWAY_WEB_CLIENT_ID: webClientId };
    }
    return { CAUSEWAY_TOKEN: this.#static ?? "" };
  }

  /** An operator's token for the service: the one of the last start while it is good, else a new machine token. */
  async operatorToken(service: string): Promise<string> {
    if (this.issuer === undefined) return this.#static ?? "";
    const file = join(this.#folder, "operator-token");
    const kept = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    if (kept !== undefined && (await isGood(service, kept))) return kept;
    const answer = await fetch(`${service}/v1/tokens`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await this.issuer.operatorToken()}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ name: "npm start" }),
    });
    if (!answer.ok) {
      throw new Error(
        `the service gives no operator's token: ${answer.status} ${await answer.text()}`,
      );
    }
    const { token } = Made.parse(await answer.json());
    writeFileSync(file, token, { mode: 0o600 });
    return token;
  }

  async close(): Promise<void> {
    await this.issuer?.close();
  }
}

async function isGood(service: string, token: string): Promise<boolean> {
  const answer = await fetch(`${service}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) return false;
  const { operator, until } = Me.parse(await answer.json());
  return operator && until !== null && Date.parse(until) - Date.now() > enoughMs;
}

/** A machine token in the shell is from an earlier start's file, and none that the service is to be started with. */
export function ownToken({ CAUSEWAY_TOKEN: token = "" }: NodeJS.ProcessEnv): string | undefined {
  return token === "" || token.startsWith("cwt_") ? undefined : token;
}
