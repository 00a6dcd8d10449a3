import { setTimeout as sleep } from "node:timers/promises";
import { BadUsage, NoAccess } from "../errors.ts";
import { Exit, exitOf } from "../exit.ts";
import { readCopy, type CopyOptions, type RawOptions } from "../options.ts";
import { Board } from "../run/board.ts";
import { Clouds } from "../run/clouds.ts";
import { ledgerPlace, newRunId } from "../run/ledger-place.ts";
import { Output } from "../run/output.ts";
import { startProgress } from "../run/show-progress.ts";
import { listenToSignals, type Stop } from "../run/stop.ts";
import { openTask, type Task } from "../run/task.ts";
import { describe } from "../problem.ts";
import { closes, summaryLines } from "../progress/summary.ts";
import { dryRun } from "./dry-run.ts";
import { runPass, type PassEnd } from "./pass.ts";
import { summaryEvent, summaryOf } from "./summary.ts";
import { tellRecord } from "./tell.ts";

/** All that a copy needs, opened. */
interface Opened {
  readonly options: CopyOptions;
  readonly output: Output;
  readonly clouds: Clouds;
  readonly stop: Stop;
  readonly task: Task;
}

export async function copyCommand(from: string, to: string, raw: RawOptions): Promise<Exit> {
  const options = readCopy(raw, Date.now());
  if (options.watchQueue !== undefined) throw new BadUsage("--watch-queue is not built yet.");
  const output = new Output(options, process.env);
  const clouds = new Clouds({ env: process.env, ...options });
  const stop = listenToSignals((signal) => {
    const words = `${signal}: finishing what is in flight. Once more ends at once.`;
    output.tell("warn", { event: "note", note: words }, words);
  });
  try {
    const task = await openTask(from, to, options, clouds, stop.aborting);
    const opened = { options, output, clouds, stop, task };
    if (options.dryRun) return await dryRun(opened);
    return options.watch === undefined ? await once(opened, true) : await watch(opened);
  } finally {
    output.clear();
    stop.end();
    await clouds.close();
  }
}

/** Pass after pass, until interrupted: that is how a watch ends well. */
async function watch(opened: Opened): Promise<Exit> {
  const { stop, options } = opened;
  let exit: Exit = Exit.done;
  for (let pass = 1; !stop.draining.aborted; pass += 1) {
    exit = await once(opened, pass === 1);
    if (exit === Exit.access) return exit;
    await sleep(options.watch, undefined, { signal: stop.draining }).catch(() => undefined);
  }
  return stop.by() === undefined ? exit : Exit.interrupted;
}

async function once(opened: Opened, first: boolean): Promise<Exit> {
  const { options, output, clouds, stop, task } = opened;
  const run = options.runId ?? newRunId(new Date());
  const store = await ledgerPlace(options.ledger, run, process.env, () => clouds);
  const board = new Board(() => clouds.pace.states());
  const words = `${task.sourceLabel} -> ${task.targetLabel}`;
  const start = {
    event: "start",
    run,
    source: task.sourceLabel,
    target: task.targetLabel,
  } as const;
  output.tell("info", { ...start, ledger: store.label }, words);
  const endProgress = startProgress(board, output);
  let end: PassEnd;
  try {
    end = await runPass({
      run,
      task,
      options,
      board,
      store,
      stop,
      pace: clouds.pace,
      recordUnchanged: first,
      onRecord: (record) => tellRecord(record, output),
      onTrouble: (error) => {
        const problem = describe(error);
        output.tell("warn", { event: "problem", problem }, problem);
      },
    });
  } finally {
    endProgress();
  }
  if (end.hopeless !== undefined && stop.by() === undefined) throw new NoAccess(end.hopeless);
  const summary = summaryOf({ run, task, board, end, ledger: store.label, dryRun: false });
  const exit = exitOf({
    failed: summary.totals.failed,
    held: summary.totals.held,
    capped: summary.withheld !== undefined,
    budgetReached: false,
    interrupted: stop.by() !== undefined && end.interrupted,
    closed: closes(summary),
  });
  output.end(summaryEvent(summary, exit), summaryLines(summary), exit !== Exit.done);
  return exit;
}
