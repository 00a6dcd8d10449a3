import { rmSync } from "node:fs";
import { measure, type Measured } from "../measure.ts";
import { cached } from "../peers/cache.ts";
import type { Job, Tool } from "../peers/tool.ts";
import type { Rig } from "../rig.ts";
import type { Counted } from "../stub/counters.ts";
import type { Place, Verdict } from "../stub/verify.ts";

export interface Sample extends Measured {
  readonly s3: Counted;
  readonly blob: Counted;
  readonly verdict: Verdict;
  /** What only some cases count. */
  readonly facts: Readonly<Record<string, number>>;
}

export interface Contender {
  readonly tool: Tool;
  /** At most so many runs: some take very long. */
  readonly runs?: number;
  /** Where it is not the case's. */
  readonly job?: Job;
}

export type Column = readonly [title: string, text: (samples: readonly Sample[]) => string];

/** What the issue asks of Causeway. */
export interface Goal {
  readonly of: string;
  /** The peer that it is a multiple of; absent: `factor` is the figure itself. */
  readonly against?: string;
  readonly figure: string;
  readonly measure: (samples: readonly Sample[]) => number;
  readonly relation: "at least" | "at most";
  readonly factor: number;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
  readonly job: Job;
  /** Once, before all runs. */
  prepare(rig: Rig): Promise<void>;
  /** Before each run; the target is empty and the counters at nothing. */
  before?(rig: Rig): Promise<void>;
  /** One run, where it is more than running the tool once. */
  run?(rig: Rig, contender: Contender): Promise<Sample>;
  readonly columns: readonly Column[];
  readonly goals: readonly Goal[];
  /** A line below the table. */
  readonly note?: string;
  /** The target is populated and not to be cleared. */
  readonly keepsTarget?: boolean;
}

export function places(
  name: string,
  side: "s3" | "blob" = "blob",
): { readonly source: Place; readonly target: Place } {
  return {
    source: { side: "s3", bucket: "src", prefix: `${name}/` },
    // A container for each case, for its root is a place that rclone need not look at first.
    target: { side, bucket: name, prefix: "" },
  };
}

export async function populateSource(
  rig: Rig,
  job: Job,
  count: number,
  size: number,
): Promise<void> {
  const { bucket, prefix } = job.source;
  await rig.control.order("populate", { side: "s3", bucket, prefix, count, size });
}

/** The target emptied, nothing counted, AzCopy's records of earlier jobs gone. */
export async function freshTarget(rig: Rig, job: Job, keep: boolean): Promise<void> {
  if (!keep) await rig.control.order("clear", job.target);
  await rig.control.order("reset-counters", {});
  for (const folder of [`log-${rig.ports.control}`, `plan-${rig.ports.control}`]) {
    rmSync(cached("azcopy", folder), { recursive: true, force: true });
  }
}

export async function once(
  rig: Rig,
  { tool }: Contender,
  job: Job,
  timeoutS?: number,
): Promise<Sample> {
  const command = tool.command(job, rig);
  const measured = await measure(
    command,
    rig.ports.pid,
    timeoutS === undefined ? {} : { timeoutS },
  );
  return sample(rig, job, measured, {});
}

export async function sample(
  rig: Rig,
  job: Job,
  measured: Measured,
  facts: Readonly<Record<string, number>>,
): Promise<Sample> {
  const counters = await rig.control.order("counters", {});
  const verdict = await rig.control.order("verify", { source: job.source, target: job.target });
  return { ...measured, ...counters, verdict, facts };
}
