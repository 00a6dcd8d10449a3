import { sql, type Kysely } from "kysely";

/** The first tables. A migration that was released is never edited; the next one is written instead. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// json keeps what was written, its order of fields too; nothing is searched for inside it.
// Ids, names and keys sort by their bytes: cursors and ledger keys rely on it, whatever the server's locale.
const statements = [
  `create table pipelines (
    id text collate "C" primary key,
    tenant text not null,
    name text collate "C" not null,
    stack text not null,
    state text not null check (state in ('active', 'deleting', 'removed')),
    generation integer not null check (generation > 0),
    revision integer not null default 1,
    spec json not null,
    deployed_generation integer,
    outputs json,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    removed_at timestamptz
  )`,
  // The rule that the same POST twice never makes two pipelines.
  `create unique index pipelines_name on pipelines (tenant, name) where state <> 'removed'`,
  `create table generations (
    pipeline_id text not null references pipelines (id),
    generation integer not null,
    spec json not null,
    created_at timestamptz not null default now(),
    primary key (pipeline_id, generation)
  )`,
  `create table operations (
    id text collate "C" primary key,
    seq bigint generated always as identity,
    tenant text not null,
    pipeline_id text not null references pipelines (id),
    pipeline text not null,
    stack text not null,
    action text not null check (action in ('create', 'update', 'delete', 'preview')),
    generation integer not null,
    spec json,
    state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    attempts integer not null default 0,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    settled_at timestamptz,
    cancel_requested boolean not null default false,
    lease_owner text,
    lease_token integer not null default 0,
    lease_expires_at timestamptz,
    child_pid integer,
    child_began text,
    counts json,
    failure json,
    seconds double precision,
    check ((state in ('queued', 'running')) = (settled_at is null))
  )`,
  // One operation of a stack at a time, whatever the code believes.
  `create unique index operations_lane on operations (stack) where state = 'running'`,
  `create index operations_queue on operations (seq) where state = 'queued'`,
  `create index operations_tenant on operations (tenant, seq desc)`,
  `create index operations_pipeline on operations (pipeline_id, seq desc)`,
  `create table operation_events (
    operation_id text not null references operations (id) on delete cascade,
    seq integer not null,
    at timestamptz not null,
    kind text not null,
    urn text,
    type text,
    name text,
    op text,
    status text,
    severity text,
    message text,
    changes json,
    primary key (operation_id, seq)
  )`,
  `create table idempotency (
    tenant text not null,
    key text not null,
    digest text not null,
    operation_id text references operations (id) on delete cascade,
    created_at timestamptz not null default now(),
    primary key (tenant, key)
  )`,
  `create table runs (
    id text collate "C" primary key,
    pipeline_id text not null references pipelines (id),
    tenant text not null,
    pipeline text not null,
    state text not null check (state in ('open', 'complete', 'incomplete')),
    opened_at timestamptz not null,
    closed_at timestamptz,
    waiting integer,
    totals json not null,
    failures json not null,
    problems json not null,
    updated_at timestamptz not null default now()
  )`,
  `create unique index runs_open on runs (pipeline_id) where state = 'open'`,
  `create index runs_pipeline on runs (pipeline_id, id desc)`,
  `create table ledger_files (
    pipeline_id text not null references pipelines (id),
    key text collate "C" not null,
    run_id text collate "C" not null references runs (id),
    entries integer not null,
    read_at timestamptz not null default now(),
    primary key (pipeline_id, key)
  )`,
  `create index ledger_files_run on ledger_files (run_id, key)`,
  `create table leases (name text primary key, owner text not null, expires_at timestamptz not null)`,
];
