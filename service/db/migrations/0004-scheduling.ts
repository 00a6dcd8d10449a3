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
  // How often its process died; and what tells its processes from others, whatever became of their parents.
  `alter table operations add column deaths integer not null default 0`,
  `alter table operations add column child_mark text`,
  // A lane, when a tenant was served last, who was served last, and how long an action takes.
  `create index operations_waiting on operations (stack, seq) where state in ('queued', 'running')`,
  `create index operations_started on operations (started_at desc) where started_at is not null`,
  `create index operations_served on operations (tenant, started_at desc) where started_at is not null`,
  `create index operations_took on operations (action, settled_at desc) where seconds is not null`,
  `create index operations_stack on operations (stack, seq desc)`,
  `create index operations_running on operations (tenant) where state = 'running'`,
  `create table instances (name text primary key, slots integer not null, seen_at timestamptz not null)`,
];
