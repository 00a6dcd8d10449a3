import type { Queries } from "../db/database.ts";
import { monthlyUsdBeside } from "../db/pipelines.ts";
import { budgetOf } from "../governance/quotas.ts";
import type { Settings } from "../settings.ts";
import type { Limits } from "./judge.ts";

/** What a pipeline may be: what the platform sets, and what is left of its tenant's budget beside the other pipelines. */
export async function limitsFor(
  { db, settings }: { db: Queries; settings: Pick<Settings, "policy"> },
  pipeline: { tenant: string; id: string },
): Promise<Limits> {
  const { policy } = settings;
  const budget = await budgetOf(db, pipeline.tenant);
  if (budget === null) return policy;
  const left = Math.max(0, budget - (await monthlyUsdBeside(db, pipeline)));
  return { ...policy, monthlyUsd: Math.min(left, policy.monthlyUsd ?? left) };
}
