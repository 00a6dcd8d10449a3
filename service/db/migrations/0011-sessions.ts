import { sql, type Kysely } from "kysely";

/** Whom a browser has signed in as. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table sessions (
    -- sha-256 of what the cookie holds
    hash text primary key,
    principal text not null,
    issuer text not null,
    identity json not null,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  `create index sessions_principal on sessions (principal, created_at desc)`,
  `create index sessions_expiry on sessions (expires_at)`,
];
