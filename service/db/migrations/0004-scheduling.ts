import { sql, type Kysely } from "kysely";

/** Which operation is taken next, by whom, and how long the others wait. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table operations drop constraint operations_action_check`,
  `alter table operations add constraint operations_action_check
    check (action in ('create', 'update', 'delete', 'preview', 'drift'))`,
  `alter table operations add column not_before timestamptz`,
  // When a tenant was served last, and how long an action takes.
  `create index operations_served on operations (tenant, started_at desc) where started_at is not null`,
  `create index operations_took on operations (action, settled_at desc) where seconds is not null`,
  `create index operations_running on operations (tenant) where state = 'running'`,
  `create table instances (name text primary key, slots integer not null, seen_at timestamptz not null)`,
];
