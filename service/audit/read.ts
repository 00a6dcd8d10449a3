import type { Selectable } from "kysely";
import type { Queries } from "../db/database.ts";
import type { AuditTable } from "../db/schema.ts";
import type { Entry } from "./chain.ts";

export interface AuditPage {
  /** undefined: of all, and of the service as a whole. */
  tenant: string | undefined;
  action: string | undefined;
  principal: string | undefined;
  since: Date | undefined;
  limit: number;
  /** seq of the last entry of the page before. */
  before: number | undefined;
}

/** Newest first; one entry more than `limit` says that there is a next page. */
export async function listAudit(db: Queries, page: AuditPage): Promise<Entry[]> {
  let query = db.selectFrom("audit_log").selectAll();
  if (page.tenant !== undefined) query = query.where("tenant", "=", page.tenant);
  if (page.action !== undefined) query = query.where("action", "=", page.action);
  if (page.principal !== undefined) query = query.where("principal", "=", page.principal);
  if (page.since !== undefined) query = query.where("at", ">=", page.since);
  if (page.before !== undefined) query = query.where("seq", "<", page.before);
  const rows = await query
    .orderBy("seq", "desc")
    .limit(page.limit + 1)
    .execute();
  return rows.map(entryOf);
}

const batch = 500;

/** Every entry in order, oldest first, after `seq`. */
export async function* readAudit(
  db: Queries,
  { tenant, after = 0 }: { tenant?: string | undefined; after?: number },
): AsyncGenerator<Entry> {
  for (let last = after; ;) {
    let query = db.selectFrom("audit_log").selectAll().where("seq", ">", last);
    if (tenant !== undefined) query = query.where("tenant", "=", tenant);
    const rows = await query.orderBy("seq").limit(batch).execute();
    for (const row of rows) yield entryOf(row);
    if (rows.length < batch) return;
    last = Number(rows.at(-1)?.seq);
  }
}

function entryOf(row: Selectable<AuditTable>): Entry {
  return {
    seq: Number(row.seq),
    at: row.at.toISOString(),
    principal: { id: row.principal, name: row.principal_name, kind: row.principal_kind },
    action: row.action,
    outcome: row.outcome,
    tenant: row.tenant,
    target: row.target,
    detail: row.detail,
    before: row.before_digest,
    after: row.after_digest,
    requestId: row.request_id,
    from: row.from_address,
    previous: row.previous_hash,
    hash: row.hash,
  };
}
