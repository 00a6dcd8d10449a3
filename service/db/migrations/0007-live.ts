import { sql, type Kysely } from "kysely";

/** Tells whoever follows an operation or a run that there is news, and keeps the counts of the rate limits. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

// Triggers, so that nobody who writes can forget it. A payload is a topic: `operation:ID`, `run:ID`.
const statements = [
  `create function causeway_tell_events() returns trigger language plpgsql as $$
    begin
      perform pg_notify('causeway', 'operation:' || told.operation_id)
        from (select distinct operation_id from fresh) told;
      return null;
    end
  $$`,
  `create trigger operation_events_told after insert on operation_events
    referencing new table as fresh for each statement execute function causeway_tell_events()`,
  `create function causeway_tell_row() returns trigger language plpgsql as $$
    begin
      perform pg_notify('causeway', tg_argv[0] || ':' || new.id);
      return null;
    end
  $$`,
  `create trigger operations_told after update on operations
    for each row when (old.state <> new.state) execute function causeway_tell_row('operation')`,
  `create trigger runs_told after update on runs
    for each row execute function causeway_tell_row('run')`,
  // The request that queued an operation, as W3C Trace Context names it.
  `alter table operations add column traceparent text`,
  // A key may also belong to what is no operation.
  `alter table idempotency add column thing text`,
  `update idempotency set thing = operation_id`,
  `alter table idempotency drop column operation_id`,
  // As rate-limiter-flexible wants it. What is lost in a crash was counted for a minute only.
  `create unlogged table rate_limits (
    key text primary key,
    points integer not null default 0,
    expire bigint
  )`,
];
