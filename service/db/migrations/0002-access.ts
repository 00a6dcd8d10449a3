import { sql, type Kysely } from "kysely";

/** Who may do what, and who did. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // Each row holds the hash of the one before: seq has no gaps, and is given out under a lock.
  `create table audit_log (
    seq bigint primary key check (seq > 0),
    at timestamptz not null,
    principal text not null,
    principal_name text not null,
    principal_kind text not null,
    action text not null,
    outcome text not null check (outcome in ('done', 'refused')),
    tenant text,
    target text not null,
    detail text,
    before_digest text,
    after_digest text,
    request_id text,
    from_address text,
    previous_hash text not null,
    hash text not null
  )`,
  `create index audit_log_tenant on audit_log (tenant, seq desc)`,
  // Whoever owns the tables can take this away; the chain shows what they did then.
  `create function audit_log_is_append_only() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit log can only be added to (% refused)', tg_op;
    end
  $$`,
  `create trigger audit_log_keep before update or delete on audit_log
    for each row execute function audit_log_is_append_only()`,
  `create trigger audit_log_keep_all before truncate on audit_log
    for each statement execute function audit_log_is_append_only()`,
  // Of a machine token only its secret's hash is kept.
  `create table tokens (
    id text collate "C" primary key,
    name text not null,
    tenant text,
    role text not null check (role in ('reader', 'writer', 'admin', 'operator')),
    secret_hash text not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    check ((role = 'operator') = (tenant is null))
  )`,
  `create index tokens_tenant on tokens (tenant, id desc)`,
];
