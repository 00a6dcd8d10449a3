import { inLanes } from "../../runtime/copy/lanes.ts";
import type { Candidate } from "../../runtime/copy/work.ts";
import type { Decision } from "../../runtime/decide/decide.ts";
import {
  inScope,
  sizeInScope,
  timeInScope,
  type InScope,
  type Scope,
} from "../../runtime/decide/filter.ts";
import type { Batch, Extra } from "../../runtime/scan/batch.ts";
import { mergesOf } from "../../runtime/scan/comparison.ts";
import { Shards } from "../../runtime/scan/shards.ts";
import type { ListedObject } from "../../runtime/stores/contract.ts";
import { judge } from "./judge.ts";
import type { Task } from "./task.ts";

/** What a comparison hears. */
export interface Differences {
  /** Objects of the source, as the listing goes on. */
  found(objects: number, bytes: number): void;
  unchanged(objects: number, bytes: number): void;
  decided(key: string, size: number, decision: Decision): void;
  /** A name of the target that no key of the source has. */
  extra(extra: Extra): void;
}

const LOOKS = 64;

/** Compares both sides, key by key, and changes nothing. Memory: a few pages. */
export async function compareSides(
  task: Task,
  heard: Differences,
  signal: AbortSignal,
): Promise<void> {
  const { selection, object } = task;
  if (selection.of === "object") {
    const size = object?.state === "present" ? object.object.size : 0;
    heard.found(1, size);
    heard.decided(selection.key, size, await judge({ key: selection.key }, task, signal));
    return;
  }
  const { source, target, policy, placement } = task;
  const { prefix } = selection;
  const shards = new Shards({
    prefix,
    open: mergesOf({ source, target, policy, prefix, strip: placement.strip, signal }),
    take: (batch) => takeBatch(batch, task, heard, signal),
  });
  await shards.run();
}

async function takeBatch(
  batch: Batch,
  task: Task,
  heard: Differences,
  signal: AbortSignal,
): Promise<void> {
  const { unchanged, candidates, extras, unchangedBytes } = batch;
  const bytes = candidates.reduce((sum, { source }) => sum + source.size, unchangedBytes);
  heard.found(unchanged.length + candidates.length, bytes);
  heard.unchanged(unchanged.length, unchangedBytes);
  await inLanes(candidates, LOOKS, async (candidate) => {
    heard.decided(
      candidate.key,
      candidate.source.size,
      await decideListed(candidate, task, signal),
    );
  });
  for (const extra of extras) await hearExtra(extra, task, heard, signal);
}

/** What a listing shows is enough where the target has nothing, or the filter leaves the object out. */
function decideListed(
  candidate: Candidate & { readonly source: ListedObject },
  task: Task,
  signal: AbortSignal,
): Decision | Promise<Decision> {
  const { source, target, key } = candidate;
  const fits = listedInScope(source, task.policy.scope);
  if (!fits.in) return { do: "skip", reason: fits.reason };
  const absent = target?.state === "absent" && task.target.mapping.name(key).ok;
  return absent
    ? { do: "copy", expecting: { state: "absent" }, reason: "absent at the target" }
    : judge(candidate, task, signal);
}

/** A name that was not compared in its place may well have its key. */
async function hearExtra(
  extra: Extra,
  task: Task,
  heard: Differences,
  signal: AbortSignal,
): Promise<void> {
  const { key, absence } = extra;
  if (key !== undefined && absence === "unseen") {
    if ((await task.source.look(key, signal)).state === "present") return;
  }
  heard.extra(extra);
}

/** Whether a filter takes an object, as far as a listing shows it. */
export function listedInScope({ key, size, modified }: ListedObject, scope: Scope): InScope {
  const byKey = inScope(key, scope);
  if (!byKey.in) return byKey;
  const bySize = sizeInScope(size, scope);
  return bySize.in ? timeInScope(modified, scope) : bySize;
}
