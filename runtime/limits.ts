import type { AwsClient } from "./aws/client.ts";
import type { CostLimit } from "./copy/work.ts";
import { FleetBudget } from "./cost/fleet-budget.ts";
import type { PipelineCosts } from "./cost/pipeline-costs.ts";
import type { Postponed } from "./errors.ts";
import type { CopyJob } from "./job.ts";
import { bucketSigns } from "./pace/bucket-signs.ts";
import { Members } from "./pace/members.ts";
import { Rate } from "./pace/rate.ts";
import type { RateSchedule } from "./pace/schedule.ts";
import type { Problems } from "./problems.ts";
import type { ScanObjects } from "./scan/fleet/objects.ts";
import type { Settings } from "./settings.ts";

/** What all workers of a pipeline together may use, by the hour and by the month. */
export interface Limits {
  readonly rate: Rate | undefined;
  readonly budget: CostLimit | undefined;
  /** Why nothing is to be taken up now. */
  readonly hold: () => Postponed | undefined;
  /** Resolves when the other workers know that this one has left. */
  readonly ended: Promise<unknown>;
}

export interface LimitsOptions {
  readonly settings: Pick<Settings, "job" | "region" | "worker">;
  readonly aws: AwsClient;
  /** Beside the ledger. */
  readonly objects: ScanObjects;
  /** Undefined where there is no budget. */
  readonly costs: PipelineCosts | undefined;
  readonly problems: Problems;
  /** Ends this worker's part. */
  readonly signal: AbortSignal;
}

export function openLimits(options: LimitsOptions): Limits {
  const { rate, ended } = openRate(options);
  const { budget, spending } = openBudget(options);
  return {
    rate,
    budget,
    hold: () => rate?.closed ?? spending?.hold,
    ended: Promise.all([ended, spending?.run()]),
  };
}

function openRate({ settings, aws, problems, signal }: LimitsOptions): {
  readonly rate: Rate | undefined;
  readonly ended: Promise<void> | undefined;
} {
  const { job, region, worker } = settings;
  const schedule = scheduleOf(job.limits);
  if (schedule === undefined) return { rate: undefined, ended: undefined };
  // Hours are the same for every worker; only a rate has shares.
  if (!hasRate(schedule)) return { rate: new Rate({ schedule }), ended: undefined };
  const members = new Members({
    store: bucketSigns(aws, { ...job.ledger, region }),
    worker,
    signal,
    onTrouble: (error) => problems.report(error),
  });
  return { rate: new Rate({ schedule, members }), ended: members.run() };
}

/** Undefined: as fast as the clouds allow, at any time. */
export function scheduleOf({
  bytesPerSecond = Infinity,
  window,
}: Pick<CopyJob["limits"], "bytesPerSecond" | "window">): RateSchedule | undefined {
  if (window !== undefined) {
    const { from, to, zone, outside = 0 } = window;
    return { zone, windows: [{ from, to, rate: bytesPerSecond }], otherwise: outside };
  }
  if (bytesPerSecond === Infinity) return undefined;
  return { zone: "UTC", windows: [], otherwise: bytesPerSecond };
}

function hasRate({ windows, otherwise }: RateSchedule): boolean {
  const rates = [otherwise, ...windows.map(({ rate }) => rate)];
  return rates.some((rate) => rate > 0 && rate !== Infinity);
}

function openBudget({ settings, objects, costs, problems, signal }: LimitsOptions): {
  readonly budget: CostLimit | undefined;
  readonly spending: FleetBudget | undefined;
} {
  const { job, worker } = settings;
  const limit = job.limits.budgetUsd;
  if (limit === undefined || costs === undefined) return { budget: undefined, spending: undefined };
  const spending = new FleetBudget({
    limit,
    worker,
    store: objects,
    spent: () => costs.dollars,
    signal,
    onTrouble: (error) => problems.report(error),
  });
  const budget: CostLimit = {
    take: (target, plan, until) => spending.take(costs.price(target, plan), until),
    byUrl: (target, bytes) => costs.byUrl(target, bytes),
  };
  return { budget, spending };
}
