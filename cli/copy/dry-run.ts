import type { Candidate } from "../../runtime/copy/work.ts";
import type { Decision } from "../../runtime/decide/decide.ts";
import type { TerminalState } from "../../runtime/ledger/entry.ts";
import { addSum } from "../../runtime/scan/progress.ts";
import type { ScanStore } from "../../runtime/scan/spool.ts";
import { sweep, type SweepResult } from "../../runtime/scan/sweep.ts";
import { Exit } from "../exit.ts";
import { summaryLines } from "../progress/summary.ts";
import { Board } from "../run/board.ts";
import { judge } from "../run/judge.ts";
import { startProgress } from "../run/show-progress.ts";
import { showBytes } from "../units.ts";
import type { Opened } from "./opened.ts";
import { capOf } from "./pass.ts";
import { summaryEvent, summaryOf } from "./summary.ts";

/** What a copy would do, object by object, with its totals. The same sweep, which only decides. */
export async function dryRun(opened: Opened): Promise<Exit> {
  const { output, clouds, task } = opened;
  const board = new Board(() => clouds.pace.states());
  const endProgress = startProgress(board, output);
  let result: SweepResult | undefined;
  try {
    result = await decideAll(opened, board);
  } finally {
    endProgress();
  }
  const end = { result, interrupted: false };
  const summary = summaryOf({
    run: "",
    task,
    board,
    end,
    ledger: undefined,
    dryRun: true,
    cost: undefined,
  });
  const exit = summary.withheld === undefined ? Exit.done : Exit.held;
  output.end(summaryEvent(summary, exit), summaryLines(summary), false);
  return exit;
}

async function decideAll(opened: Opened, board: Board): Promise<SweepResult> {
  const { task, stop, options } = opened;
  const { selection, source, target, policy, placement } = task;
  const settle = async (candidate: Candidate): Promise<{ state: TerminalState }> => {
    const decision = await judge(candidate, task, stop.aborting);
    tell(candidate, decision, opened);
    return { state: stateOf(decision) };
  };
  if (selection.of === "tree") {
    return sweep({
      source,
      target,
      policy,
      prefix: selection.prefix,
      strip: placement.strip,
      signal: stop.draining,
      settle,
      unchanged: () => undefined,
      objects: options.objects ?? 64,
      store: inMemory(),
      cap: capOf(options),
      progress: board.progress,
    });
  }
  const { progress } = board;
  const size = task.object?.state === "present" ? task.object.object.size : 0;
  addSum(progress.found, 1, size);
  addSum(progress.states[(await settle({ key: selection.key })).state], 1, size);
  progress.listed = true;
  return { tally: progress, deletions: { wanted: 0, held: undefined, keys: noKeys } };
}

function tell(candidate: Candidate, decision: Decision, { output }: Opened): void {
  if (decision.do === "unchanged" || decision.do === "skip") return;
  const { key, source } = candidate;
  const { do: act, reason } = decision;
  const size = source === undefined ? "" : ` (${showBytes(source.size)})`;
  const words = `would ${act.padEnd(7)} ${key}${size}: ${reason}`;
  output.tell("info", { event: "object", would: act, key, size: source?.size, reason }, words);
}

async function* noKeys(): AsyncIterable<readonly string[]> {}

/** A dry run leaves nothing behind. */
function inMemory(): ScanStore {
  const files = new Map<string, Buffer>();
  return {
    read: (name) => Promise.resolve(files.get(name)),
    write: (name, bytes) => Promise.resolve(void files.set(name, bytes)),
  };
}

function stateOf(decision: Decision): TerminalState {
  switch (decision.do) {
    case "copy":
      return "copied";
    case "skip":
      return "skipped";
    case "delete":
      return "deleted";
    case "hold":
    case "restore":
      return "held";
    case "refuse":
      return "failed";
    case "unchanged":
      return "unchanged";
  }
}
