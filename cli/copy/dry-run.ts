import { pastCap } from "../../runtime/scan/cap.ts";
import { addSum } from "../../runtime/scan/progress.ts";
import type { TerminalState } from "../../runtime/ledger/entry.ts";
import type { Decision } from "../../runtime/decide/decide.ts";
import type { Extra } from "../../runtime/scan/batch.ts";
import { Exit } from "../exit.ts";
import type { CopyOptions } from "../options.ts";
import { summaryLines } from "../progress/summary.ts";
import { Board } from "../run/board.ts";
import type { Clouds } from "../run/clouds.ts";
import { compareSides } from "../run/differences.ts";
import type { Output } from "../run/output.ts";
import { startProgress } from "../run/show-progress.ts";
import type { Stop } from "../run/stop.ts";
import { WRITER, type Task } from "../run/task.ts";
import { showBytes } from "../units.ts";
import { USUAL_CAP } from "./pass.ts";
import { summaryEvent, summaryOf } from "./summary.ts";

interface Opened {
  readonly options: CopyOptions;
  readonly output: Output;
  readonly clouds: Clouds;
  readonly stop: Stop;
  readonly task: Task;
}

/** What a copy would do, object by object, with its totals. Nothing is changed. */
export async function dryRun({ options, output, clouds, stop, task }: Opened): Promise<Exit> {
  const board = new Board(() => clouds.pace.states());
  const { progress } = board;
  let deletions = 0;
  const endProgress = startProgress(board, output);
  try {
    await compareSides(
      task,
      {
        found: (objects, bytes) => addSum(progress.found, objects, bytes),
        unchanged: (objects, bytes) => addSum(progress.states.unchanged, objects, bytes),
        decided: (key, size, decision) => {
          addSum(progress.states[stateOf(decision)], 1, size);
          if (decision.do === "unchanged" || decision.do === "skip") return;
          const words = `would ${decision.do.padEnd(7)} ${key} (${showBytes(size)}): ${decision.reason}`;
          const { do: act, reason } = decision;
          output.tell("info", { event: "object", would: act, key, size, reason }, words);
        },
        extra: (extra) => {
          progress.names += 1;
          if (!options.mirror || !isOurs(extra)) return;
          deletions += 1;
          const { name } = extra.target;
          output.tell("info", { event: "object", would: "delete", name }, `would delete  ${name}`);
        },
      },
      stop.aborting,
    );
    progress.listed = true;
  } finally {
    endProgress();
  }
  const names = progress.names + progress.found.objects - progress.states.copied.objects;
  const held = pastCap(deletions, names, options.maxDelete ?? USUAL_CAP);
  if (held === undefined) progress.states.deleted.objects = deletions;
  const result = { tally: progress, deletions: { wanted: deletions, held, keys: noKeys } };
  const end = { result, interrupted: false };
  const summary = summaryOf({ run: "", task, board, end, ledger: undefined, dryRun: true });
  const exit = held === undefined ? Exit.done : Exit.held;
  output.end(summaryEvent(summary, exit), summaryLines(summary), false);
  return exit;
}

async function* noKeys(): AsyncIterable<readonly string[]> {}

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

/** Whose it is shows in marks; a listing of S3 does not show them, so that some of these would be left alone. */
function isOurs({ target }: Extra): boolean {
  return target.marksAre === "unseen" || target.marks?.writer === WRITER;
}
