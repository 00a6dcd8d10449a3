import { sql } from "kysely";
import type { PipelineSpec } from "../../infra/spec/index.ts";
import type { Queries } from "./database.ts";
import { sortableId } from "./ids.ts";
import type { OperationRow } from "./operations.ts";

/** A pipeline to be made, of its first generation, with the operation that builds it. */
export interface NewPipeline {
  tenant: string;
  name: string;
  spec: PipelineSpec;
  /** The idempotency key of the request, with what tells the request from others. */
  idempotency: { key: string; digest: string } | undefined;
  traceparent: string | undefined;
}

/**
 * Makes many pipelines in one statement: those that are plainly new. Left out, for the caller to look at one by one: a name or a key that is known,
 * a tenant under quotas, a stack that still has something to do.
 * @param orders no two of one name or key.
 * @returns the queued operation of each that was made, by the order's place.
 * @throws an error of Postgres, for all of them, when another transaction takes a name or a key at the same time.
 */
export async function insertNewPipelines(
  db: Queries,
  orders: readonly NewPipeline[],
): Promise<Map<number, OperationRow>> {
  const asked = orders.map(({ tenant, name, spec, idempotency, traceparent }, place) => ({
    ...{ place, tenant, name, stack: `${tenant}.${name}`, spec, ...idempotency, traceparent },
    pipeline_id: sortableId("pl"),
    operation_id: sortableId("op"),
  }));
  const { rows } = await sql<OperationRow & { place: number }>`
    with asked as (
      select * from json_to_recordset(${JSON.stringify(asked)}::json) as a (
        place integer, tenant text, name text, stack text, spec json, key text, digest text, traceparent text,
        pipeline_id text, operation_id text)
    ), fresh as (
      select * from asked a
      where not exists (
        select 1 from pipelines p
        where p.tenant = a.tenant and p.name = a.name and p.state not in ('proposed', 'removed')
      ) and not exists (
        select 1 from idempotency i where i.tenant = a.tenant and i.key = a.key
      ) and not exists (
        select 1 from quotas q
        where q.tenant = a.tenant and (q.pipelines is not null or q.bytes_per_day is not null)
      ) and not exists (
        select 1 from operations o where o.stack = a.stack and o.state in ('queued', 'running')
      )
    ), made as (
      insert into pipelines (id, tenant, name, stack, state, generation, spec)
      select pipeline_id, tenant, name, stack, 'active', 1, spec from fresh
    ), generation as (
      insert into generations (pipeline_id, generation, spec) select pipeline_id, 1, spec from fresh
    ), known as (
      insert into idempotency (tenant, key, digest, thing)
      select tenant, key, digest, operation_id from fresh where key is not null
    ), queued as (
      insert into operations (id, tenant, pipeline_id, pipeline, stack, action, generation, state, traceparent)
      select operation_id, tenant, pipeline_id, name, stack, 'create', 1, 'queued', traceparent
      from fresh order by place
      returning *
    )
    select queued.*, fresh.place from queued join fresh on fresh.operation_id = queued.id`.execute(
    db,
  );
  return new Map(rows.map(({ place, ...row }) => [place, row]));
}
