import { sql, type Kysely } from "kysely";

/** What was changed behind the engine's back, and what pipelines cost. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // null: nobody has looked yet.
  `alter table pipelines add column drifted integer`,
  `alter table pipelines add column drift_looked_at timestamptz`,
  // What it costs at rest, by the table of prices, as it was last built.
  `alter table pipelines add column monthly_usd double precision`,
  `create table drift (
    pipeline_id text collate "C" primary key references pipelines (id) on delete cascade,
    operation_id text not null references operations (id) on delete cascade,
    steps json not null
  )`,
  `create index pipelines_drifted on pipelines (id) where drifted > 0`,
];
