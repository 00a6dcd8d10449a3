import { createHash } from "node:crypto";
import { looksSecret } from "../../infra/spec/index.ts";
import type { Queries } from "../db/database.ts";
import { bindKey, useKey } from "../db/idempotency.ts";
import { RequestProblem } from "./problem.ts";

export interface KeyedRequest {
  /** Whose keys these are: a tenant; "" for the operators'. */
  scope: string;
  key: string | undefined;
  /** Method, path and body: what a key is bound to. */
  what: readonly unknown[];
}

export interface Deed<T> {
  first: () => Promise<T>;
  /** The id of what was made. */
  idOf: (made: T) => string;
  /** What was made before, by its id; undefined when it is gone, then it is made anew. */
  again: (id: string) => Promise<T | undefined>;
}

/**
 * Does something once per idempotency key, in the transaction that does it: a second request with the key waits for the first to commit.
 * @throws RequestProblem `key-reused`, `invalid-request`
 */
export async function once<T>(
  transaction: Queries,
  { scope, key, what }: KeyedRequest,
  { first, idOf, again }: Deed<T>,
): Promise<T> {
  if (key === undefined) return first();
  const use = await useKey(transaction, scope, key, requestDigest({ key, what }));
  if (use.use === "for-another-request") {
    throw new RequestProblem(
      "key-reused",
      "This Idempotency-Key came with another request before. Use a new key for a new request.",
    );
  }
  const there = use.use === "again" ? await again(use.thing) : undefined;
  if (there !== undefined) return there;
  const made = await first();
  await bindKey(transaction, scope, key, idOf(made));
  return made;
}

/**
 * What tells a key's request from others.
 * @throws RequestProblem `invalid-request` for a key that cannot be one.
 */
export function requestDigest({ key, what }: { key: string; what: readonly unknown[] }): string {
  // It is stored as it is.
  if (!keyForm.test(key) || looksSecret(key)) throw badKey();
  return createHash("sha256").update(JSON.stringify(what)).digest("hex");
}

const keyForm = /^[\x21-\x7e]{1,255}$/;

function badKey(): RequestProblem {
  const detail =
    "Expected 1 to 255 printable characters without spaces and no credential, such as a UUID.";
  return new RequestProblem("invalid-request", `Idempotency-Key: ${detail}`, {
    errors: [{ in: "header", pointer: "/Idempotency-Key", detail }],
  });
}
