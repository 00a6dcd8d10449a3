import { sql } from "kysely";
import type { Queries } from "../db/database.ts";
import type { Principal } from "../auth/principal.ts";
import { beginning, hashOf } from "./chain.ts";
import { digestOf } from "./digest.ts";

/** Who asks for a change, in which request, from where: what every parsed request carries. */
export interface Origin {
  principal: Pick<Principal, "id" | "name" | "kind">;
  requestId: string | null;
  from: string | null;
}

/** What is written down about a change. */
export interface Deed extends Origin {
  /** `pipeline.create`, `token.revoke` ... */
  action: string;
  /** null: the service as a whole. */
  tenant: string | null;
  /** `pipelines/NAME`, `operations/ID` ... */
  target: string;
  /** What was there, whole; only its digest is kept. */
  before?: unknown;
  after?: unknown;
  outcome?: "done" | "refused";
  /** A sentence for people. No secrets. */
  detail?: string;
}

/** Any number, as long as nothing else locks it. */
const chainLock = 4_207_661;

/**
 * Adds to the audit log in the transaction that does the deed: both are kept or neither. The chain's end is locked from here to the
 * transaction's end, for all service processes: call it last, so that nobody who holds the lock waits for rows that others hold.
 */
export async function audit(transaction: Queries, ...deeds: Deed[]): Promise<void> {
  if (!transaction.isTransaction)
    throw new Error("audit() needs a transaction: its lock ends with it");
  if (deeds.length === 0) return;
  await sql`select pg_advisory_xact_lock(${chainLock})`.execute(transaction);
  const last = await transaction
    .selectFrom("audit_log")
    .select(["seq", "hash"])
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  let head = { seq: Number(last?.seq ?? 0), hash: last?.hash ?? beginning };
  const rows = deeds.map((deed) => {
    const row = entryOf(deed, head);
    head = row;
    return row;
  });
  await transaction.insertInto("audit_log").values(rows).execute();
}

/** The row that follows the chain's end. */
function entryOf(deed: Deed, head: { seq: number; hash: string }) {
  const at = new Date();
  const seq = head.seq + 1;
  const { id, name, kind } = deed.principal;
  const { action, outcome = "done", tenant, target, detail = null, requestId, from } = deed;
  const before = digestOf(deed.before);
  const after = digestOf(deed.after);
  const hash = hashOf({
    seq,
    at: at.toISOString(),
    principal: { id, name, kind },
    ...{ action, outcome, tenant, target, detail, before, after, requestId, from },
    previous: head.hash,
  });
  return {
    seq,
    at,
    principal: id,
    principal_name: name,
    principal_kind: kind,
    ...{ action, outcome, tenant, target, detail },
    before_digest: before,
    after_digest: after,
    request_id: requestId,
    from_address: from,
    previous_hash: head.hash,
    hash,
  };
}
