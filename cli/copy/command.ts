import { setTimeout as sleep } from "node:timers/promises";
import { isAmazon, s3Access } from "../environment/aws.ts";
import { NoAccess } from "../errors.ts";
import { Exit, exitOf } from "../exit.ts";
import { parseAddress } from "../address/address.ts";
import { readCopy, type CopyOptions, type RawOptions } from "../options.ts";
import { Board } from "../run/board.ts";
import { Clouds } from "../run/clouds.ts";
import { withoutLastCompiler } from "../run/compilers.ts";
import { ledgerPlace, newRunId } from "../run/ledger-place.ts";
import { Output } from "../run/output.ts";
import { startProgress } from "../run/show-progress.ts";
import { listenToSignals } from "../run/stop.ts";
import { openTask } from "../run/task.ts";
import type { Costs } from "../run/costs.ts";
import type { Opened } from "./opened.ts";
import { describe } from "../problem.ts";
import { closes, summaryLines } from "../progress/summary.ts";
import { runPass, type PassEnd, type PassOptions } from "./pass.ts";
import { summaryEvent, summaryOf } from "./summary.ts";
import { tellRecord } from "./tell.ts";

export async function copyCommand(from: string, to: string, raw: RawOptions): Promise<Exit> {
  const options = readCopy(raw, Date.now());
  const output = new Output(options, process.env);
  const costs = await costsOf(from, to, options);
  const clouds = new Clouds({ env: process.env, ...options, costs });
  const stop = listenToSignals((signal) => {
    const words = `${signal}: finishing what is in flight. Once more ends at once.`;
    output.tell("warn", { event: "note", note: words }, words);
  });
  try {
    const task = await openTask(from, to, options, clouds, stop.aborting);
    const opened = { options, output, clouds, costs, stop, task };
    if (options.dryRun) return await (await import("./dry-run.ts")).dryRun(opened);
    if (options.watchQueue !== undefined) {
      return await (await import("./watch-queue.ts")).watchQueue(opened, options.watchQueue);
    }
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
  const { options, output, clouds, costs, stop, task } = opened;
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
    const pass: PassOptions = {
      run,
      task,
      options,
      board,
      store,
      stop,
      pace: clouds.pace,
      costs,
      recordUnchanged: first,
      onRecord: (record) => tellRecord(record, output),
      onTrouble: (error) => {
        const problem = describe(error);
        output.tell("warn", { event: "problem", problem }, problem);
      },
    };
    end = await withoutLastCompiler(() => runPass(pass));
  } finally {
    endProgress();
  }
  if (end.hopeless !== undefined && stop.by() === undefined) throw new NoAccess(end.hopeless);
  const cost = costs?.dollars;
  const summary = summaryOf({ run, task, board, end, ledger: store.label, dryRun: false, cost });
  const exit = exitOf({
    failed: summary.totals.failed,
    held: summary.totals.held,
    capped: summary.withheld !== undefined,
    budgetReached: board.causes.has("BudgetExceeded"),
    interrupted: stop.by() !== undefined && end.interrupted,
    closed: closes(summary),
  });
  output.end(summaryEvent(summary, exit), summaryLines(summary), exit !== Exit.done);
  return exit;
}

/** Counting requests costs time: done where there is a budget, or a source of AWS to be paid for. */
async function costsOf(from: string, to: string, options: CopyOptions): Promise<Costs | undefined> {
  const source = parseAddress(from);
  const own = source.kind === "s3" && isAmazon(s3Access(source, options.source, process.env));
  if (options.budget === undefined && !own) return undefined;
  const { Costs, routeOf } = await import("../run/costs.ts");
  return new Costs(routeOf({ from: source, to: parseAddress(to), ...options }, process.env));
}
