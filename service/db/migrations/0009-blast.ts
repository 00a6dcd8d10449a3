import { sql, type Kysely } from "kysely";

/** Previews of a program over all stacks. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // null: the program that the service runs.
  `alter table operations add column program text`,
  `create table blast_radius (
    id text collate "C" primary key,
    created_at timestamptz not null default now(),
    by_name text not null,
    program text
  )`,
  `create table blast_pipelines (
    blast_id text collate "C" not null references blast_radius (id) on delete cascade,
    operation_id text collate "C" not null references operations (id) on delete cascade,
    primary key (blast_id, operation_id)
  )`,
  `create index blast_pipelines_operation on blast_pipelines (operation_id)`,
];
