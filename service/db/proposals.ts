import { sql } from "kysely";
import type { Queries } from "./database.ts";
import type { PipelineRow } from "./pipelines.ts";

/** A removal that failed is tried again after so long. */
const againAfter = sql`interval '1 hour'`;

/**
 * A pipeline that only an expired preview knows of, locked until the transaction ends; one that another service looks at, or that is being
 * removed, is passed over.
 */
export async function nextExpiredProposal(
  transaction: Queries,
): Promise<(PipelineRow & { looked: boolean }) | undefined> {
  const { rows } = await sql<PipelineRow & { looked: boolean }>`
    select p.*, exists (
      select 1 from operations o where o.pipeline_id = p.id and o.started_at is not null
    ) as looked
    from pipelines p
    where p.state = 'proposed'
      and exists (
        select 1 from previews v join operations o on o.id = v.operation_id
        where v.pipeline_id = p.id and v.expires_at < now() and v.state <> 'applied'
          and o.settled_at is not null
      )
      and not exists (
        select 1 from operations d
        where d.pipeline_id = p.id and d.action = 'delete'
          and (d.settled_at is null or d.settled_at > now() - ${againAfter})
      )
    order by p.id limit 1
    for update of p skip locked`.execute(transaction);
  return rows[0];
}

/** Whether somebody else has to do with the stack of a proposed pipeline: one of its name that is there, or a preview that may still be applied. */
export async function stackIsNeeded(
  transaction: Queries,
  { id, stack }: PipelineRow,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pipelines q
    where q.stack = ${stack} and q.id <> ${id} and (
      q.state in ('active', 'deleting')
      or exists (select 1 from operations o where o.pipeline_id = q.id and o.settled_at is null)
      or q.state = 'proposed' and exists (
        select 1 from previews v where v.pipeline_id = q.id and v.expires_at >= now()
      )
    )
    limit 1`.execute(transaction);
  return rows.length > 0;
}
