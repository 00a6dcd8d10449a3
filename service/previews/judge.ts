import { estimate, type CostEstimate } from "../../infra/cost/estimate.ts";
import { violations, type PolicyLimits } from "../../infra/policy/rules.ts";
import type { PlannedResource } from "../../infra/planned.ts";
import type { PreviewCost, PreviewPolicy } from "./schema.ts";

/** What a platform team lets a tenant build, and which of its rules only warn. */
export interface Limits extends PolicyLimits {
  advisory?: readonly string[] | undefined;
}

/** What resources cost a month, before and after; `before` is undefined where it is not known. Pure. */
export function costOf(
  before: readonly PlannedResource[] | undefined,
  after: readonly PlannedResource[],
  region: string,
): PreviewCost {
  const then = estimate(after, region);
  const now = before === undefined ? undefined : estimate(before, region);
  return {
    currency: "USD",
    pricesAsOf: then.pricesAsOf,
    before: now?.monthlyUsd ?? null,
    after: then.monthlyUsd,
    delta: now === undefined ? null : cents(then.monthlyUsd - now.monthlyUsd),
    items: itemsOf(now, then),
    assumptions: [...then.assumptions],
  };
}

/** A line per resource that costs something, the greatest change first. */
function itemsOf(now: CostEstimate | undefined, then: CostEstimate): PreviewCost["items"] {
  const lines = new Map(
    [...(now?.lines ?? []), ...then.lines].map((line) => [line.urn, line] as const),
  );
  const priceIn = (estimated: CostEstimate | undefined, urn: string) =>
    estimated?.lines.find((line) => line.urn === urn)?.monthlyUsd ?? null;
  return [...lines.values()]
    .map(({ urn, name, how }) => ({
      what: `${name}: ${how}`,
      before: priceIn(now, urn),
      after: priceIn(then, urn),
    }))
    .sort((a, b) => change(b) - change(a) || (b.after ?? 0) - (a.after ?? 0));
}

function change({ before, after }: { before: number | null; after: number | null }): number {
  return Math.abs((after ?? 0) - (before ?? 0));
}

/** Which rules a plan breaks. A mandatory one that is broken: it may not be built. Pure. */
export function policyOf(
  resources: readonly PlannedResource[],
  region: string,
  monthlyUsd: number,
  limits: Limits,
): PreviewPolicy {
  const found = violations({ resources, region, monthlyUsd, limits }).map((violation) => ({
    rule: violation.rule,
    level: levelOf(violation.rule, limits),
    resource: violation.urn,
    message: violation.message,
    cure: violation.cure,
  }));
  return { passed: !found.some(({ level }) => level === "mandatory"), violations: found };
}

export function levelOf(rule: string, { advisory = [] }: Limits): "mandatory" | "advisory" {
  return advisory.includes(rule) ? "advisory" : "mandatory";
}

function cents(dollars: number): number {
  return Math.round(dollars * 100) / 100;
}
