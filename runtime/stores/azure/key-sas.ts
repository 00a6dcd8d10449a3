import { createHmac } from "node:crypto";
import { keepSecret } from "../../secrets.ts";
import type { Sas, SasSource } from "./sas.ts";

/** The version whose string-to-sign is written below. */
const VERSION = "2023-11-03";
const LIFE_MS = 3_600_000;
/** A request that begins with a SAS must end with it: blocks take minutes at worst. */
const RENEWED_BEFORE_MS = 15 * 60_000;

export interface AccountKey {
  readonly account: string;
  /** Base64. */
  readonly key: string;
  readonly container: string;
  /** Https for a real account; an emulator's endpoint may be plain. */
  readonly protocol: "https" | "https,http";
}

/** SASs that we make ourselves from the account's key, each for an hour: so requests are authorized in one way, wherever the right comes from. */
export class KeySas implements SasSource {
  readonly #key: AccountKey;
  readonly #now: () => number;
  #held: Sas | undefined;

  constructor(key: AccountKey, now: () => number = Date.now) {
    this.#key = key;
    this.#now = now;
  }

  get(): Sas {
    const until = this.#held?.expires?.getTime() ?? 0;
    if (this.#held === undefined || until - this.#now() < RENEWED_BEFORE_MS) {
      this.#held = containerSas(this.#key, new Date(this.#now() + LIFE_MS));
    }
    return this.#held;
  }

  /** The key is what was refused: another SAS of it would be too. */
  refresh(): Promise<boolean> {
    return Promise.resolve(false);
  }

  expired({ expires }: Sas): boolean {
    return expires !== undefined && expires.getTime() <= this.#now();
  }
}

/** https://learn.microsoft.com/rest/api/storageservices/create-service-sas (string-to-sign of 2020-12-06 and later) */
function containerSas({ account, key, container, protocol }: AccountKey, expires: Date): Sas {
  // In the order that Azure demands: read, add, create, write, delete, list, tags.
  const permissions = "racwdlt";
  const expiry = `${expires.toISOString().slice(0, 19)}Z`;
  const fields = {
    permissions,
    start: "",
    expiry,
    resource: `/blob/${account}/${container}`,
    identifier: "",
    addresses: "",
    protocol,
    version: VERSION,
    kind: "c",
    snapshot: "",
    encryptionScope: "",
    cacheControl: "",
    contentDisposition: "",
    contentEncoding: "",
    contentLanguage: "",
    contentType: "",
  };
  const signature = createHmac("sha256", Buffer.from(key, "base64"))
    .update(Object.values(fields).join("\n"))
    .digest("base64");
  const token =
    `sv=${VERSION}&sr=c&se=${encodeURIComponent(expiry)}&sp=${permissions}` +
    `&spr=${encodeURIComponent(protocol)}&sig=${encodeURIComponent(signature)}`;
  keepSecret(token);
  keepSecret(signature);
  return { token, expires: new Date(expiry) };
}
