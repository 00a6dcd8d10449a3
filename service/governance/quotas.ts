import { sql, type Selectable } from "kysely";
import type { Queries } from "../db/database.ts";
import type { QuotaTable } from "../db/schema.ts";

/** What a tenant may use at most; null: as much as it likes. */
export interface Limits {
  pipelines: number | null;
  operationsAtOnce: number | null;
  bytesPerDay: number | null;
  /** USD. */
  budgetPerMonth: number | null;
}

export type QuotaRow = Selectable<QuotaTable>;

export function limitsOf(row: QuotaRow | undefined): Limits {
  return {
    pipelines: row?.pipelines ?? null,
    operationsAtOnce: row?.operations_at_once ?? null,
    bytesPerDay: row?.bytes_per_day == null ? null : Number(row.bytes_per_day),
    budgetPerMonth: row?.budget_per_month ?? null,
  };
}

export async function findQuotas(db: Queries, tenant: string): Promise<QuotaRow | undefined> {
  return db.selectFrom("quotas").selectAll().where("tenant", "=", tenant).executeTakeFirst();
}

/** The same, locked: whoever makes something under a quota does so one after the other. */
export async function lockQuotas(db: Queries, tenant: string): Promise<QuotaRow | undefined> {
  return db
    .selectFrom("quotas")
    .selectAll()
    .where("tenant", "=", tenant)
    .forUpdate()
    .executeTakeFirst();
}

export async function writeQuotas(
  db: Queries,
  tenant: string,
  limits: Limits,
  by: string,
): Promise<QuotaRow> {
  const columns = {
    pipelines: limits.pipelines,
    operations_at_once: limits.operationsAtOnce,
    bytes_per_day: limits.bytesPerDay,
    budget_per_month: limits.budgetPerMonth,
    updated_by: by,
    updated_at: new Date(),
  };
  return db
    .insertInto("quotas")
    .values({ tenant, ...columns })
    .onConflict((conflict) =>
      conflict
        .column("tenant")
        .doUpdateSet({ ...columns, revision: sql<number>`quotas.revision + 1` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** USD a month for all of a tenant's pipelines together; null: no limit. For the policy on budgets. */
export async function budgetOf(db: Queries, tenant: string): Promise<number | null> {
  return limitsOf(await findQuotas(db, tenant)).budgetPerMonth;
}

/** Tenants that run as many operations as they may: none of theirs is to be begun now. */
export async function tenantsAtTheirLimit(db: Queries): Promise<string[]> {
  const rows = await db
    .selectFrom("quotas as q")
    .select("q.tenant")
    .where("q.operations_at_once", "is not", null)
    .where((eb) =>
      eb(
        "q.operations_at_once",
        "<=",
        eb
          .selectFrom("operations as o")
          .select((count) => count.fn.countAll<number>().as("running"))
          .whereRef("o.tenant", "=", "q.tenant")
          .where("o.state", "=", "running"),
      ),
    )
    .execute();
  return rows.map(({ tenant }) => tenant);
}
