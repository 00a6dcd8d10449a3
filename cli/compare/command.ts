import { Exit } from "../exit.ts";
import { readCompare, type RawOptions } from "../options.ts";
import { Clouds } from "../run/clouds.ts";
import { compareSides } from "../run/differences.ts";
import { Output } from "../run/output.ts";
import { listenToSignals } from "../run/stop.ts";
import { openTask } from "../run/task.ts";
import { showBytes, showCount, showDuration } from "../units.ts";

/** What was found different, by kind. */
interface Result {
  found: number;
  bytes: number;
  equal: number;
  missing: number;
  different: number;
  extra: number;
  skipped: number;
  held: number;
}

/** Compares both sides and says how they differ. Nothing is changed. */
export async function compareCommand(from: string, to: string, raw: RawOptions): Promise<Exit> {
  const options = readCompare(raw, Date.now());
  const output = new Output(options, process.env);
  const clouds = new Clouds({ env: process.env, ...options });
  const stop = listenToSignals(() => undefined, 0);
  const began = performance.now();
  try {
    const task = await openTask(from, to, options, clouds, stop.aborting);
    const result: Result = {
      found: 0,
      bytes: 0,
      equal: 0,
      missing: 0,
      different: 0,
      extra: 0,
      skipped: 0,
      held: 0,
    };
    const differs = (
      kind: "missing" | "different" | "extra",
      key: string,
      reason: string,
    ): void => {
      result[kind] += 1;
      if (!options.list) return;
      output.tell(
        "info",
        { event: "difference", kind, key, reason },
        `${kind.padEnd(9)}  ${key}  ${reason}`,
      );
    };
    await compareSides(
      task,
      {
        found: (objects, bytes) => {
          result.found += objects;
          result.bytes += bytes;
        },
        unchanged: (objects) => (result.equal += objects),
        decided: (key, _size, decision) => {
          if (decision.do === "unchanged") result.equal += 1;
          else if (decision.do === "skip") result.skipped += 1;
          else if (decision.do === "copy") {
            const absent = decision.expecting.state === "absent";
            differs(absent ? "missing" : "different", key, decision.reason);
          } else if (decision.do === "refuse") differs("missing", key, decision.reason);
          else {
            result.held += 1;
            differs("missing", key, decision.reason);
          }
        },
        extra: ({ target }) => differs("extra", target.name, "the source has no such key"),
      },
      stop.aborting,
    );
    if (stop.by() !== undefined) return Exit.interrupted;
    const same = result.missing + result.different + result.extra === 0;
    const ms = performance.now() - began;
    output.end(
      { event: "end", same, ...result, seconds: ms / 1000, requests: requestsOf(clouds) },
      summary(task.sourceLabel, task.targetLabel, result, same, ms),
      !same,
    );
    return same ? Exit.done : Exit.failed;
  } finally {
    stop.end();
    await clouds.close();
  }
}

function requestsOf({ pace }: Clouds): number {
  return pace.states().reduce((sum, { requests }) => sum + requests, 0);
}

function summary(
  source: string,
  target: string,
  result: Result,
  same: boolean,
  ms: number,
): readonly string[] {
  const { found, bytes, equal, missing, different, extra, skipped } = result;
  return [
    `${source} and ${target} ${same ? "are equal" : "differ"}. ${showDuration(ms)}.`,
    `${showCount(found)} at the source (${showBytes(bytes)}) = ${showCount(equal)} equal + ${showCount(missing)} missing at the target + ${showCount(different)} different + ${showCount(skipped)} left out; ${showCount(extra)} at the target only`,
  ];
}
