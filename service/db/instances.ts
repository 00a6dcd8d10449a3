import { sql } from "kysely";
import type { Queries } from "./database.ts";

/** A service that has not been heard of for so long takes no work. */
const silentSeconds = 40;
const forgottenSeconds = 3 * silentSeconds;

/** Says that a service is there, and how many operations it runs at once. */
export async function announce(db: Queries, name: string, slots: number): Promise<void> {
  await sql`
    insert into instances (name, slots, seen_at) values (${name}, ${slots}, now())
    on conflict (name) do update set slots = excluded.slots, seen_at = excluded.seen_at`.execute(
    db,
  );
  await sql`
    delete from instances where seen_at < now() - ${forgottenSeconds} * interval '1 second'`.execute(
    db,
  );
}

export async function leave(db: Queries, name: string): Promise<void> {
  await db.deleteFrom("instances").where("name", "=", name).execute();
}

/** How many operations all services together run at once; at least 1. */
export async function slotsInAll(db: Queries): Promise<number> {
  const { rows } = await sql<{ slots: number | null }>`
    select sum(slots)::integer as slots from instances
    where seen_at > now() - ${silentSeconds} * interval '1 second'`.execute(db);
  return Math.max(1, rows[0]?.slots ?? 1);
}
