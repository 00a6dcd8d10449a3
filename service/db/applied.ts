import { sql } from "kysely";
import type { Queries } from "./database.ts";

/** The database's migrations, in order; none where it never had any. */
export async function appliedMigrations(db: Queries): Promise<string[]> {
  const there = await sql<{ at: string | null }>`
    select to_regclass('kysely_migration')::text as at`.execute(db);
  if (there.rows[0]?.at == null) return [];
  const { rows } = await sql<{ name: string }>`
    select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name);
}

/** How a database's tables differ from those that a program works with; undefined: they do not. Pure. */
export function otherTables(
  expected: readonly string[],
  applied: readonly string[],
): string | undefined {
  const missing = expected.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !expected.includes(name));
  const last = (names: readonly string[]) => names.at(-1) ?? "none at all";
  const what = `expected the migrations up to ${last(expected)}, got those up to ${last(applied)}`;
  if (missing.length > 0) {
    const strange = unknown.length === 0 ? "" : `, and has ${unknown.join(", ")} instead`;
    return `The database's tables are older than this program: ${what} (it lacks ${missing.join(", ")}${strange}). Start the service anew: it brings them up to date. If the database was restored from a copy, stop all services first.`;
  }
  if (unknown.length === 0) return undefined;
  return `The database's tables are newer than this program: ${what} (unknown here: ${unknown.join(", ")}). A newer service has been at this database: start that version here too.`;
}
