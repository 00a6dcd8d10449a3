import type { Selectable } from "kysely";
import type { Queries } from "./database.ts";
import type { SessionTable } from "./schema.ts";

export type SessionRow = Selectable<SessionTable>;

/** So many browsers at once for one person; the oldest are signed out. */
const mostPerPrincipal = 20;

export async function insertSession(
  db: Queries,
  session: Pick<SessionRow, "hash" | "principal" | "issuer" | "identity" | "expires_at">,
): Promise<void> {
  await db.deleteFrom("sessions").where("expires_at", "<", new Date()).execute();
  await db
    .insertInto("sessions")
    .values({ ...session, identity: JSON.stringify(session.identity) })
    .execute();
  await db
    .deleteFrom("sessions")
    .where("hash", "in", (query) =>
      query
        .selectFrom("sessions")
        .select("hash")
        .where("principal", "=", session.principal)
        .orderBy("created_at", "desc")
        .orderBy("hash")
        .offset(mostPerPrincipal)
        .limit(1_000),
    )
    .execute();
}

/** One that has not ended, and was used since. */
export async function findSession(
  db: Queries,
  { hash, issuer, usedSince }: { hash: string; issuer: string; usedSince: Date },
): Promise<SessionRow | undefined> {
  return db
    .selectFrom("sessions")
    .selectAll()
    .where("hash", "=", hash)
    .where("issuer", "=", issuer)
    .where("expires_at", ">", new Date())
    .where("seen_at", ">", usedSince)
    .executeTakeFirst();
}

/** @param everyMs - A write for each request would cost more than the request. */
export async function noteSession(
  db: Queries,
  { hash, seen_at }: SessionRow,
  everyMs: number,
): Promise<void> {
  const now = new Date();
  if (now.getTime() - seen_at.getTime() < everyMs) return;
  await db.updateTable("sessions").set({ seen_at: now }).where("hash", "=", hash).execute();
}

/** Answers with the one that ended. */
export async function deleteSession(db: Queries, hash: string): Promise<SessionRow | undefined> {
  return db.deleteFrom("sessions").where("hash", "=", hash).returningAll().executeTakeFirst();
}

export async function deleteSessionsOf(db: Queries, principal: string): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom("sessions")
    .where("principal", "=", principal)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
