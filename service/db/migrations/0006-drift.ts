import { sql, type Kysely } from "kysely";

/** What was changed behind the engine's back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // null: nobody has looked yet.
  `alter table pipelines add column drifted integer`,
  `alter table pipelines add column drift_looked_at timestamptz`,
  `create table drift (
    pipeline_id text collate "C" primary key references pipelines (id) on delete cascade,
    operation_id text not null references operations (id) on delete cascade,
    steps json not null
  )`,
  `create index pipelines_drifted on pipelines (id) where drifted > 0`,
];
