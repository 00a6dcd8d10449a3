import type { Queries } from "../db/database.ts";
import { RequestProblem } from "../http/problem.ts";
import { findQuotas, limitsOf, lockQuotas } from "./quotas.ts";
import { bytesOf, countPipelines, dayMs, dayOf } from "./usage.ts";

const whom = "Ask an operator to raise it (PUT /v1/tenants/TENANT/quotas), or use less.";

/**
 * After a pipeline was written down, in the same transaction: whoever else makes one waits here, and counts it.
 * @throws RequestProblem `quota-exceeded`
 */
export async function requireRoomForPipeline(transaction: Queries, tenant: string): Promise<void> {
  const { pipelines: limit } = limitsOf(await lockQuotas(transaction, tenant));
  if (limit === null) return;
  const used = await countPipelines(transaction, tenant);
  if (used <= limit) return;
  throw new RequestProblem(
    "quota-exceeded",
    `Tenant ${tenant} may have ${limit} pipelines (quota \`pipelines\`) and has ${used - 1}. ${ask(tenant)}`,
  );
}

/**
 * Before something is begun that makes a tenant's pipelines copy more.
 * @throws RequestProblem `quota-exceeded`, with the time at which the day is over.
 */
export async function requireBytesLeft(db: Queries, tenant: string): Promise<void> {
  const now = new Date();
  const over = await bytesOver(db, tenant, now);
  if (over === undefined) return;
  const seconds = Math.ceil((dayOf(now).getTime() + dayMs - now.getTime()) / 1000);
  throw new RequestProblem(
    "quota-exceeded",
    `${over} No scan and no new build of its pipelines is begun before 00:00 UTC. ${ask(tenant)}`,
    { headers: { "retry-after": String(seconds) } },
  );
}

/** A sentence about a day's bytes that are used up; undefined while there are some left. */
export async function bytesOver(
  db: Queries,
  tenant: string,
  now = new Date(),
): Promise<string | undefined> {
  const { bytesPerDay: limit } = limitsOf(await findQuotas(db, tenant));
  if (limit === null) return undefined;
  const used = await bytesOf(db, tenant, now);
  if (used < limit) return undefined;
  return `Tenant ${tenant} may copy ${limit} bytes a day (quota \`bytesPerDay\`) and has copied ${used} today.`;
}

function ask(tenant: string): string {
  return whom.replace("TENANT", tenant);
}
