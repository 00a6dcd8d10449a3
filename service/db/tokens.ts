import type { Selectable } from "kysely";
import type { Queries } from "./database.ts";
import { sortableId } from "./ids.ts";
import type { TokenTable } from "./schema.ts";

export type TokenRow = Selectable<TokenTable>;

export interface NewToken {
  name: string;
  /** null: an operator's. */
  tenant: string | null;
  role: TokenRow["role"];
  secretHash: string;
  createdBy: string;
  expiresAt: Date;
}

export async function insertToken(db: Queries, token: NewToken): Promise<TokenRow> {
  return db
    .insertInto("tokens")
    .values({
      id: sortableId("").slice(1),
      name: token.name,
      tenant: token.tenant,
      role: token.role,
      secret_hash: token.secretHash,
      created_by: token.createdBy,
      expires_at: token.expiresAt,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function findToken(db: Queries, id: string): Promise<TokenRow | undefined> {
  return db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Undefined when there is no such token of theirs; locked until the transaction ends. */
export async function lockToken(
  db: Queries,
  id: string,
  tenant: string | null,
): Promise<TokenRow | undefined> {
  return db
    .selectFrom("tokens")
    .selectAll()
    .where("id", "=", id)
    .where("tenant", tenant === null ? "is" : "=", tenant)
    .forUpdate()
    .executeTakeFirst();
}

/** A tenant's, or with null the operators'; newest first; one more than `limit` says that there is a next page. */
export async function listTokens(
  db: Queries,
  { tenant, limit, after }: { tenant: string | null; limit: number; after: string | undefined },
): Promise<TokenRow[]> {
  let query = db
    .selectFrom("tokens")
    .selectAll()
    .where("tenant", tenant === null ? "is" : "=", tenant);
  if (after !== undefined) query = query.where("id", "<", after);
  return query
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
}

/** Undefined when there is no such token of theirs. One that is revoked stays so, since when it was. */
export async function revokeToken(
  db: Queries,
  id: string,
  tenant: string | null,
): Promise<TokenRow | undefined> {
  return db
    .updateTable("tokens")
    .set((eb) => ({ revoked_at: eb.fn.coalesce("revoked_at", eb.val(new Date())) }))
    .where("id", "=", id)
    .where("tenant", tenant === null ? "is" : "=", tenant)
    .returningAll()
    .executeTakeFirst();
}

/** Undefined when the token is gone or revoked. */
export async function replaceSecret(
  db: Queries,
  id: string,
  secretHash: string,
): Promise<TokenRow | undefined> {
  return db
    .updateTable("tokens")
    .set({ secret_hash: secretHash })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .returningAll()
    .executeTakeFirst();
}

const noteEveryMs = 60_000;

/** To the minute: a write for each request would cost more than the request. */
export async function noteUse(db: Queries, { id, last_used_at }: TokenRow): Promise<void> {
  const now = new Date();
  if (last_used_at !== null && now.getTime() - last_used_at.getTime() < noteEveryMs) return;
  await db.updateTable("tokens").set({ last_used_at: now }).where("id", "=", id).execute();
}
