import { Buffers } from "../../runtime/copy/buffers.ts";
import { Reach } from "../../runtime/copy/reach.ts";
import type { Means } from "../../runtime/copy/work.ts";
import { Interrupted } from "../../runtime/errors.ts";
import type { Ledger } from "../../runtime/ledger/ledger.ts";
import type { LedgerRecord } from "../../runtime/ledger/entry.ts";
import { openRun, type OpenedRun } from "../../runtime/ledger/runs.ts";
import type { LedgerStore } from "../../runtime/ledger/store.ts";
import type { Pace } from "../../runtime/pace/pace.ts";
import { Rate } from "../../runtime/pace/rate.ts";
import type { Cap } from "../../runtime/scan/cap.ts";
import { addSum } from "../../runtime/scan/progress.ts";
import { sweep, type SweepResult } from "../../runtime/scan/sweep.ts";
import type { CopyOptions } from "../options.ts";
import type { Board } from "../run/board.ts";
import type { Costs } from "../run/costs.ts";
import { ownLedger } from "../run/ledger-place.ts";
import type { Stop } from "../run/stop.ts";
import type { Task } from "../run/task.ts";
import { Breaker } from "./breaker.ts";
import { closeBooks } from "./close.ts";
import { recordHeld } from "./held-deletions.ts";
import { objectsInFlight } from "./in-flight.ts";
import { settling } from "./settling.ts";

/** Without --max-delete: half of what is at the target. An empty or mistyped source must not empty the target. */
const USUAL_CAP: Cap = { percent: 50 };
const MEMORY = 192 * 1024 * 1024;

export interface PassOptions {
  readonly run: string;
  readonly task: Task;
  readonly options: CopyOptions;
  readonly board: Board;
  readonly store: LedgerStore;
  readonly stop: Stop;
  readonly pace: Pace;
  readonly costs: Costs | undefined;
  /** Told of each record, and of what the ledger cannot write. */
  readonly onRecord: (record: LedgerRecord) => void;
  readonly onTrouble: (error: unknown) => void;
  /** Whether a line is written for each key that is equal on both sides. */
  readonly recordUnchanged: boolean;
}

export interface PassEnd {
  readonly result: SweepResult | undefined;
  readonly interrupted: boolean;
  /** Why it was given up: who we are is refused for everything. */
  readonly hopeless: string | undefined;
}

/** One run over everything that is meant: each key ends in a state, each state is written down, the books are closed. */
export async function runPass(pass: PassOptions): Promise<PassEnd> {
  const { run, task, store, stop, board } = pass;
  const opened = openedRun(pass);
  await openRun(store, opened, stop.aborting);
  const speaking = new AbortController();
  const ledger = ownLedger(run, store, speaking.signal, pass.onTrouble);
  /** Hundreds of records share a file, and the promise of it. */
  let lastDurable: Promise<void> | undefined;
  const breaker = new Breaker(() => stop.drain());
  const settleOne = settling({
    task,
    means: { ...meansOf(pass.options), onArrived: (name, bytes) => board.staged(name, bytes) },
    signal: stop.aborting,
    budget: pass.options.budget === undefined ? undefined : pass.costs?.budget(pass.options.budget),
    record: (record) => {
      // Whoever needs it to be durable waits for `sync`; what cannot be written is told by onTrouble.
      const durable = ledger.record([record]);
      if (durable !== lastDurable) durable.catch(() => undefined);
      lastDurable = durable;
      board.record(record);
      if (record.how === "url") pass.costs?.meter.byUrl(record.size ?? 0);
      breaker.record(record);
      pass.onRecord(record);
    },
  });
  let result: SweepResult | undefined;
  try {
    result = await (task.selection.of === "object"
      ? settleObject(task.selection.key, settleOne, pass)
      : sweepAll(settleOne, ledger, pass));
  } catch (error) {
    if (!(error instanceof Interrupted)) {
      await ledger.flush();
      throw error;
    }
  }
  if (result !== undefined) {
    const { tally, deletions } = result;
    const held = await recordHeld(deletions, task.target, (lines) => ledger.record(lines));
    await ledger.flush();
    await closeBooks({ opened, board, tally, held }, store, stop.aborting);
  } else await ledger.flush();
  speaking.abort();
  return { result, interrupted: result === undefined, hopeless: breaker.why };
}

export function capOf({ maxDelete }: CopyOptions): Cap {
  return maxDelete ?? USUAL_CAP;
}

function sweepAll(
  settleOne: ReturnType<typeof settling>,
  ledger: Ledger,
  { task, options, board, store, stop, recordUnchanged, run, pace }: PassOptions,
): Promise<SweepResult> {
  const { source, target, policy, selection, placement } = task;
  return sweep({
    source,
    target,
    policy,
    prefix: selection.of === "tree" ? selection.prefix : "",
    strip: placement.strip,
    signal: stop.draining,
    settle: (candidate) => ledger.room()?.then(() => settleOne(candidate)) ?? settleOne(candidate),
    unchanged: async (objects) => {
      if (!recordUnchanged) return;
      await ledger.room();
      const keys = objects.map(({ key }) => key);
      const sizes = objects.map(({ size }) => size);
      ledger.recordUnchanged({ target: target.name, keys, sizes }).catch(() => undefined);
    },
    durable: () => ledger.sync(),
    objects: options.objects ?? objectsInFlight(pace),
    store,
    storePrefix: `_runs/${run}/`,
    cap: capOf(options),
    progress: board.progress,
  });
}

async function settleObject(
  key: string,
  settleOne: ReturnType<typeof settling>,
  { board, task }: PassOptions,
): Promise<SweepResult> {
  const { progress } = board;
  const size = task.object?.state === "present" ? task.object.object.size : 0;
  addSum(progress.found, 1, size);
  progress.listed = true;
  progress.inFlight = 1;
  const { state } = await settleOne({ key });
  progress.inFlight = 0;
  addSum(progress.states[state], 1, size);
  const none = { wanted: 0, held: undefined, keys: noKeys };
  return { tally: progress, deletions: none };
}

async function* noKeys(): AsyncIterable<readonly string[]> {}

export function meansOf({ memory, by, rate }: CopyOptions): Means {
  return {
    buffers: new Buffers(memory ?? MEMORY),
    by,
    reach: new Reach(),
    rate: rate === undefined ? undefined : new Rate({ schedule: rate }),
  };
}

export function openedRun({
  run,
  task,
  options,
}: Pick<PassOptions, "run" | "task" | "options">): OpenedRun {
  const { selection } = task;
  return {
    run,
    kind: (options.watch ?? options.watchQueue) === undefined ? "copy" : "watch",
    tenant: null,
    pipeline: null,
    generation: null,
    source: task.source.label,
    prefix: selection.of === "tree" ? selection.prefix : selection.key,
    targets: [task.target.name],
    openedAt: new Date().toISOString(),
  };
}
