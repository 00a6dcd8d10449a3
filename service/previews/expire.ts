import type { Logger } from "pino";
import { audit } from "../audit/record.ts";
import { service } from "../auth/principal.ts";
import type { Db, Queries } from "../db/database.ts";
import { insertOperation } from "../db/operations.ts";
import { markRemoved } from "../db/pipelines.ts";
import { dropExpired } from "../db/previews.ts";
import { nextExpiredProposal, stackIsNeeded } from "../db/proposals.ts";

const mostAtOnce = 100;

/**
 * What is left of previews that expired unapplied goes: their plans, the pipelines that nobody but they knew of, and the empty stacks
 * that those were looked at in.
 * @returns how many removals of stacks it queued.
 */
export async function cleanUpExpired(db: Db, log: Logger): Promise<number> {
  await dropExpired(db);
  let queued = 0;
  for (let count = 0; count < mostAtOnce; count += 1) {
    const done = await db.transaction().execute(forgetOne);
    if (done === undefined) break;
    if (done !== "forgotten") queued += 1;
  }
  if (queued > 0) log.info({ stacks: queued }, "empty stacks of expired previews are removed");
  return queued;
}

/**
 * The stack is removed by an operation in its lane, so that nobody else is at it; it takes a stack without resources only, whatever
 * was decided here. A stack that others need is theirs to remove.
 */
async function forgetOne(transaction: Queries): Promise<"queued" | "forgotten" | undefined> {
  const proposal = await nextExpiredProposal(transaction);
  if (proposal === undefined) return undefined;
  const { id, tenant, name } = proposal;
  if (!proposal.looked || (await stackIsNeeded(transaction, proposal))) {
    await markRemoved(transaction, id);
    return "forgotten";
  }
  const operation = await insertOperation(transaction, proposal, "delete");
  await audit(transaction, {
    ...{ principal: service, requestId: null, from: null, tenant },
    ...{ action: "preview.expire", target: `pipelines/${name}` },
    detail: `${operation.id} removes the empty stack; the pipeline was only previewed.`,
  });
  return "queued";
}
