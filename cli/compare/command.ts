import { compareKeys, newCounts, type Counts } from "../../runtime/scan/compare.ts";
import { addSum } from "../../runtime/scan/progress.ts";
import { Exit } from "../exit.ts";
import { readCompare, type RawOptions } from "../options.ts";
import { Clouds } from "../run/clouds.ts";
import { judge } from "../run/judge.ts";
import { Output } from "../run/output.ts";
import { listenToSignals } from "../run/stop.ts";
import { openTask, type Task } from "../run/task.ts";
import { showBytes, showCount, showDuration } from "../units.ts";

type Kind = "differs" | "only-source" | "only-target";
type Tell = (kind: Kind, key: string, reason: string) => void;

/** Compares both sides and says how they differ. Nothing is changed. */
export async function compareCommand(from: string, to: string, raw: RawOptions): Promise<Exit> {
  const options = readCompare(raw, Date.now());
  const output = new Output(options, process.env);
  const clouds = new Clouds({ env: process.env, ...options });
  const stop = listenToSignals(() => undefined, 0);
  const began = performance.now();
  const tell: Tell = (kind, key, reason) => {
    if (!options.list) return;
    const words = `${kind.padEnd(11)}  ${key}  ${reason}`;
    output.tell("info", { event: "difference", kind, key, reason }, words);
  };
  try {
    const task = await openTask(from, to, options, clouds, stop.aborting);
    const counts = await compareTask(task, tell, stop.aborting);
    const same = isSame(counts);
    const ms = performance.now() - began;
    const requests = clouds.pace.states().reduce((sum, one) => sum + one.requests, 0);
    const event = { event: "end", equal: same, counts, seconds: ms / 1000, requests } as const;
    output.end(event, summary(task, counts, ms), !same);
    return same ? Exit.done : Exit.failed;
  } catch (error) {
    if (stop.by() !== undefined) return Exit.interrupted;
    throw error;
  } finally {
    stop.end();
    await clouds.close();
  }
}

function compareTask(task: Task, tell: Tell, signal: AbortSignal): Promise<Counts> {
  const { selection, source, target, policy, placement } = task;
  if (selection.of === "object") return compareObject(task, selection.key, tell, signal);
  return compareKeys({
    source,
    target,
    policy,
    prefix: selection.prefix,
    strip: placement.strip,
    signal,
    difference: ({ verdict, key, name, reason }) => tell(verdict, key ?? name ?? "", reason),
  });
}

async function compareObject(
  task: Task,
  key: string,
  tell: Tell,
  signal: AbortSignal,
): Promise<Counts> {
  const counts = newCounts();
  const size = task.object?.state === "present" ? task.object.object.size : 0;
  const decision = await judge({ key }, task, signal);
  if (decision.do === "unchanged") addSum(counts.same, 1, size);
  else if (decision.do === "skip") addSum(counts.skipped, 1, size);
  else {
    const absent = decision.do === "copy" && decision.expecting.state === "absent";
    const kind = absent ? "only-source" : "differs";
    addSum(counts[kind], 1, size);
    tell(kind, key, decision.reason);
  }
  return counts;
}

function isSame(counts: Counts): boolean {
  return (
    counts.differs.objects + counts["only-source"].objects + counts["only-target"].objects === 0
  );
}

function summary(task: Task, counts: Counts, ms: number): readonly string[] {
  const { same, differs, skipped } = counts;
  const { "only-source": missing, "only-target": extra } = counts;
  const sums = [same, differs, missing, skipped];
  const objects = sums.reduce((all, one) => all + one.objects, 0);
  const bytes = sums.reduce((all, one) => all + one.bytes, 0);
  const verdict = isSame(counts) ? "are equal" : "differ";
  return [
    `${task.sourceLabel} and ${task.targetLabel} ${verdict}. ${showDuration(ms)}.`,
    `books    ${showCount(objects)} at the source (${showBytes(bytes)}) = ${showCount(same.objects)} equal + ${showCount(differs.objects)} different + ${showCount(missing.objects)} missing at the target + ${showCount(skipped.objects)} left out; ${showCount(extra.objects)} at the target only`,
  ];
}
