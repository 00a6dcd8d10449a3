import { createHash } from "node:crypto";
import { BadJob, CloudError } from "../../errors.ts";
import { keepSecret } from "../../secrets.ts";

/** A key that the customer keeps (SSE-C): 32 bytes, base64. S3 wants it with every request for the object's bytes or headers. */
export class CustomerKey {
  readonly #headers: Readonly<Record<string, string>>;
  /** Whether the last object that was asked for wanted it: neighbours are often alike. */
  #wanted = true;

  constructor(base64: string) {
    const key = Buffer.from(base64, "base64");
    if (key.length !== 32) {
      throw new BadJob("A customer-provided key (SSE-C) is 32 bytes in base64: this one is not.");
    }
    keepSecret(base64);
    this.#headers = {
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
      "x-amz-server-side-encryption-customer-key": key.toString("base64"),
      "x-amz-server-side-encryption-customer-key-md5": createHash("md5")
        .update(key)
        .digest("base64"),
    };
  }

  /** Asks with the key or without it; the other way when S3 says that it was the wrong one. An object may or may not be under the key. */
  async ask<T>(what: (headers: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
    const first = this.#wanted;
    try {
      return await what(first ? this.#headers : NONE);
    } catch (error) {
      if (!(error instanceof CloudError) || error.facts.status !== 400) throw error;
      const result = await what(first ? NONE : this.#headers);
      this.#wanted = !first;
      return result;
    }
  }
}

const NONE: Readonly<Record<string, string>> = {};
