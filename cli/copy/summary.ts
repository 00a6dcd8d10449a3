import type { Exit } from "../exit.ts";
import type { Summary } from "../progress/summary.ts";
import type { Board } from "../run/board.ts";
import type { Event } from "../run/output.ts";
import type { Task } from "../run/task.ts";
import type { PassEnd } from "./pass.ts";

export interface Ended {
  readonly run: string;
  readonly task: Task;
  readonly board: Board;
  readonly end: Pick<PassEnd, "result" | "interrupted">;
  readonly ledger: string | undefined;
  readonly dryRun: boolean;
  /** US dollars. */
  readonly cost: number | undefined;
}

export function summaryOf({ run, task, board, end, ledger, dryRun, cost }: Ended): Summary {
  const { ms, retries, throttled } = board.snapshot();
  const { progress, totals } = board;
  const deletions = end.result?.deletions;
  const again = end.interrupted || totals.failed + totals.held > 0;
  const { user, system } = process.cpuUsage();
  return {
    run,
    source: task.sourceLabel,
    target: task.targetLabel,
    dryRun,
    stopped: end.interrupted
      ? "What was copied is there; the same command goes on from it."
      : undefined,
    ms,
    found: progress.listed ? { ...progress.found } : undefined,
    totals,
    how: board.how,
    causes: board.causes.list(),
    retries,
    throttled,
    requests: board.requests,
    cost,
    withheld:
      deletions?.held === undefined ? undefined : { count: deletions.wanted, why: deletions.held },
    cpuSeconds: (user + system) / 1e6,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ledger,
    again: again ? commandAgain(process.argv.slice(2)) : undefined,
  };
}

/** The same fields as the words, for machines. */
export function summaryEvent(summary: Summary, exit: Exit): Event {
  const { ms, ...rest } = summary;
  return { event: "end", exit, seconds: ms / 1000, ...rest };
}

/** What was typed, quoted for a shell, without any SAS. */
export function commandAgain(argv: readonly string[]): string {
  return ["causeway", ...argv.map((word) => quoted(withoutSas(word)))].join(" ");
}

function withoutSas(word: string): string {
  return /^https?:/.test(word) && word.includes("?") ? `${word.split("?", 1)[0] ?? ""}?SAS` : word;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
