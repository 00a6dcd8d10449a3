import { sql, type Kysely } from "kysely";

/** What was looked at, so that exactly that can be applied. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // A pipeline that only a preview knows is `proposed`: in no list, and its name is still free.
  `alter table pipelines drop constraint pipelines_state_check`,
  `alter table pipelines add constraint pipelines_state_check
    check (state in ('proposed', 'active', 'deleting', 'removed'))`,
  `drop index pipelines_name`,
  `create unique index pipelines_name on pipelines (tenant, name)
    where state not in ('proposed', 'removed')`,
  `create table previews (
    id text collate "C" primary key,
    tenant text not null,
    pipeline_id text not null references pipelines (id) on delete cascade,
    pipeline text not null,
    operation_id text not null unique references operations (id) on delete cascade,
    state text not null check (state in ('running', 'ready', 'failed', 'applied')),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    by_id text not null,
    by_name text not null,
    commit text,
    generation_from integer,
    generation_to integer not null,
    spec json,
    result json,
    digest text,
    approval json,
    applied_operation_id text unique references operations (id),
    applied_at timestamptz,
    applied_by text,
    check ((state = 'applied') = (applied_operation_id is not null))
  )`,
  `create index previews_pipeline on previews (pipeline_id, id desc)`,
  `create index previews_named on previews (tenant, pipeline, id desc)`,
  `create index previews_expiry on previews (expires_at) where approval is not null`,
];
