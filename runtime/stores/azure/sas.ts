import type { AwsClient } from "../../aws/client.ts";
import { BadJob } from "../../errors.ts";
import { keepSecret } from "../../secrets.ts";

export interface Sas {
  /** Query string without the question mark. */
  readonly token: string;
  /** Its `se`; undefined when a stored access policy holds it. */
  readonly expires: Date | undefined;
}

/** Where a container's SAS comes from. */
export interface SasSource {
  /** Not a promise where one is at hand: every request asks. */
  get(signal: AbortSignal): Sas | Promise<Sas>;
  /** The one that was used was refused: true when there is another one now. */
  refresh(used: Sas, signal: AbortSignal): Promise<boolean>;
  expired(sas: Sas): boolean;
}

/** A SAS that is read from where it is kept (an SSM parameter): when first needed, before it expires, and when Azure refuses it. */
export class SasParameter implements SasSource {
  readonly #read: (signal: AbortSignal) => Promise<Sas>;
  readonly #now: () => number;
  #held: Sas | undefined;
  #reading: Promise<Sas> | undefined;

  constructor(read: (signal: AbortSignal) => Promise<Sas>, now: () => number = Date.now) {
    this.#read = read;
    this.#now = now;
  }

  get(signal: AbortSignal): Sas | Promise<Sas> {
    const held = this.#held;
    return held === undefined || this.#expiring(held) ? this.#fetch(signal) : held;
  }

  /** Reads it again unless somebody has since `used` was handed out. */
  async refresh(used: Sas, signal: AbortSignal): Promise<boolean> {
    if (this.#held !== undefined && this.#held.token !== used.token) return true;
    return (await this.#fetch(signal)).token !== used.token;
  }

  expired(sas: Sas): boolean {
    return sas.expires !== undefined && sas.expires.getTime() <= this.#now();
  }

  #expiring(sas: Sas): boolean {
    return sas.expires !== undefined && sas.expires.getTime() - this.#now() < 60_000;
  }

  #fetch(signal: AbortSignal): Promise<Sas> {
    this.#reading ??= this.#read(signal)
      .then((sas) => (this.#held = sas))
      .finally(() => (this.#reading = undefined));
    return this.#reading;
  }
}

/** A SAS that somebody gave us: there is no other. */
export class GivenSas implements SasSource {
  readonly #sas: Sas;
  readonly #now: () => number;

  constructor(sas: Sas, now: () => number = Date.now) {
    this.#sas = sas;
    this.#now = now;
  }

  get(): Sas {
    return this.#sas;
  }

  refresh(): Promise<boolean> {
    return Promise.resolve(false);
  }

  expired({ expires }: Sas): boolean {
    return expires !== undefined && expires.getTime() <= this.#now();
  }
}

/** Reads a SAS from SSM, decrypted. */
export function sasFromSsm(
  client: AwsClient,
  region: string,
  parameter: string,
): (signal: AbortSignal) => Promise<Sas> {
  return async (signal) => {
    const answer = await client.json<{ Parameter?: { Value?: string } }>({
      service: "ssm",
      region,
      asked: { service: "ssm", action: "ssm:GetParameter", subject: parameter },
      target: "AmazonSSM.GetParameter",
      version: "1.1",
      input: { Name: parameter, WithDecryption: true },
      signal,
      timeoutMs: 10_000,
    });
    return parseSas(answer.Parameter?.Value ?? "", `The parameter ${parameter}`);
  };
}

/** @param where it was found, for people: the beginning of a sentence */
export function parseSas(value: string, where: string): Sas {
  const token = value.trim().replace(/^\?/, "");
  const query = new URLSearchParams(token);
  const signature = query.get("sig");
  if (signature === null) throw new BadJob(`${where} does not hold a SAS: it has no sig=.`);
  keepSecret(token);
  keepSecret(signature);
  const expiry = Date.parse(query.get("se") ?? "");
  return { token, expires: Number.isNaN(expiry) ? undefined : new Date(expiry) };
}
