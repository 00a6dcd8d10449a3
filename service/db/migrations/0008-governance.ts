import { sql, type Kysely } from "kysely";

/** What a tenant may use, and how long a pipeline lives. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // null: no limit.
  `create table quotas (
    tenant text primary key,
    revision integer not null default 1,
    pipelines integer check (pipelines >= 0),
    operations_at_once integer check (operations_at_once >= 0),
    bytes_per_day bigint check (bytes_per_day >= 0),
    budget_per_month double precision check (budget_per_month >= 0),
    updated_at timestamptz not null default now(),
    updated_by text not null
  )`,
  `alter table pipelines
    add column ttl_seconds integer check (ttl_seconds > 0),
    add column expires_at timestamptz,
    add column warn_at timestamptz`,
  `create index pipelines_expiry on pipelines (expires_at) where state = 'active'`,
  `create index pipelines_warning on pipelines (warn_at) where state = 'active'`,
  `create index runs_tenant on runs (tenant, opened_at)`,
];
