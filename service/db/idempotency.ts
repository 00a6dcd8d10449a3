import type { Queries } from "./database.ts";

export type KeyUse =
  { use: "first" } | { use: "again"; thing: string } | { use: "for-another-request" };

/** How long a key is remembered. */
export const keyLifetimeMs = 24 * 3_600_000;

/**
 * Notes that a request carries this key, in the transaction that does what it asks: a second one waits for the first to commit.
 * `digest` tells requests apart.
 */
export async function useKey(
  db: Queries,
  tenant: string,
  key: string,
  digest: string,
): Promise<KeyUse> {
  await db
    .deleteFrom("idempotency")
    .where("created_at", "<", new Date(Date.now() - keyLifetimeMs))
    .execute();
  const inserted = await db
    .insertInto("idempotency")
    .values({ tenant, key, digest, thing: null })
    .onConflict((conflict) => conflict.columns(["tenant", "key"]).doNothing())
    .returning("key")
    .executeTakeFirst();
  if (inserted !== undefined) return { use: "first" };
  const known = await db
    .selectFrom("idempotency")
    .select(["digest", "thing"])
    .where("tenant", "=", tenant)
    .where("key", "=", key)
    .executeTakeFirstOrThrow();
  if (known.digest !== digest || known.thing === null) return { use: "for-another-request" };
  return { use: "again", thing: known.thing };
}

/** Notes what the request has made. */
export async function bindKey(
  db: Queries,
  tenant: string,
  key: string,
  thing: string,
): Promise<void> {
  await db
    .updateTable("idempotency")
    .set({ thing })
    .where("tenant", "=", tenant)
    .where("key", "=", key)
    .execute();
}

/** Forgets a key whose request came to nothing after all. */
export async function dropKey(db: Queries, tenant: string, key: string): Promise<void> {
  await db.deleteFrom("idempotency").where("tenant", "=", tenant).where("key", "=", key).execute();
}
