import { once } from "node:events";
import { Looker } from "../../runtime/copy/looker.ts";
import { CloudError } from "../../runtime/errors.ts";
import { Intake } from "../../runtime/events/intake.ts";
import { SqsQueue, type DeadReason, type Message } from "../../runtime/events/queue.ts";
import type { LedgerRecord } from "../../runtime/ledger/entry.ts";
import { openRun } from "../../runtime/ledger/runs.ts";
import { createLog } from "../../runtime/log.ts";
import { Problems } from "../../runtime/problems.ts";
import { addSum } from "../../runtime/scan/progress.ts";
import { s3Access } from "../environment/aws.ts";
import { BadUsage } from "../errors.ts";
import { Exit } from "../exit.ts";
import { summaryLines } from "../progress/summary.ts";
import { Board } from "../run/board.ts";
import { ledgerPlace, newRunId, ownLedger } from "../run/ledger-place.ts";
import { startProgress } from "../run/show-progress.ts";
import { closeBooks } from "./close.ts";
import { meansOf, openedRun } from "./pass.ts";
import type { Opened } from "./opened.ts";
import { summaryEvent, summaryOf } from "./summary.ts";
import { tellRecord } from "./tell.ts";

const OBJECTS = 64;
/** How often a message is taken before trouble that may pass counts as a failure. */
const RECEIVES = 4;

/** Copies by the events in a queue until interrupted. What fails for good stays in the queue, for the queue's own redrive policy. */
export async function watchQueue(opened: Opened, url: string): Promise<Exit> {
  const { options, output, clouds, task, stop } = opened;
  const run = options.runId ?? newRunId(new Date());
  const store = await ledgerPlace(options.ledger, run, process.env, () => clouds);
  const board = new Board(() => clouds.pace.states());
  const begun = openedRun({ run, task, options });
  await openRun(store, begun, stop.aborting);
  const speaking = new AbortController();
  const log = createLog(
    {},
    {
      level: options.logLevel === "debug" ? "debug" : "error",
      write: (line) => {
        const said = JSON.parse(line) as { msg?: string };
        output.tell("warn", { event: "problem", problem: said.msg ?? line }, said.msg ?? line);
      },
    },
  );
  const problems = new Problems(log);
  const ledger = ownLedger(run, store, speaking.signal, (error) => problems.report(error));
  const looker = new Looker({
    source: task.source,
    targets: [task.target],
    policy: { ...task.policy, deletions: "hints" },
    means: meansOf(options),
    ledger: {
      record: (records) => {
        for (const record of records) count(board, record);
        for (const record of records) tellRecord(record, output);
        return ledger.record(records);
      },
    },
    log,
    problems,
    receives: RECEIVES,
    signal: stop.aborting,
  });
  const intake = new Intake({
    queue: await queueOf(url, opened),
    bucket: task.source.label.slice("s3://".length),
    look: looker.look,
    objects: options.objects ?? OBJECTS,
    log,
    problems,
    receiving: stop.draining,
    speaking: speaking.signal,
  });
  output.tell(
    "info",
    { event: "start", run, source: task.sourceLabel, target: task.targetLabel, queue: url },
    `${task.sourceLabel} -> ${task.targetLabel}, by the events in ${url}`,
  );
  const endProgress = startProgress(board, output);
  intake.start();
  if (!stop.draining.aborted) await once(stop.draining, "abort");
  await intake.settled();
  await ledger.flush();
  speaking.abort();
  endProgress();
  board.progress.listed = true;
  const end = { result: undefined, interrupted: false };
  const held = { objects: 0, failures: [] };
  const books = { opened: begun, board, tally: board.progress, held };
  await closeBooks(books, store, stop.aborting);
  const summary = summaryOf({
    run,
    task,
    board,
    end,
    ledger: store.label,
    dryRun: false,
    cost: opened.costs?.dollars,
  });
  output.end(summaryEvent(summary, Exit.interrupted), summaryLines(summary), false);
  return Exit.interrupted;
}

/** Every hint finds its key, and has settled it. */
function count(board: Board, record: LedgerRecord): void {
  const { progress } = board;
  board.record(record);
  const size = record.size ?? 0;
  if (record.state !== "deleted") addSum(progress.found, 1, size);
  addSum(progress.states[record.state], 1, size);
}

async function queueOf(url: string, { clouds, options }: Opened): Promise<SqsQueue> {
  const host = URL.parse(url)?.hostname;
  if (host === undefined) throw new BadUsage(`--watch-queue ${url} is no queue's URL.`);
  const region = /^sqs\.([a-z0-9-]+)\.amazonaws\./.exec(host)?.[1];
  const access = s3Access(
    { kind: "s3", bucket: "", path: "" },
    { ...options.source, region: region ?? options.source.region },
    process.env,
  );
  return new LeavingQueue(await clouds.aws(access), access.region, { url, deadLetterUrl: url });
}

/** A queue without a dead-letter queue of ours: what is given up stays in it. */
class LeavingQueue extends SqsQueue {
  override deadLetter(message: Message, why: DeadReason): Promise<void> {
    return Promise.reject(
      new CloudError({
        service: "sqs",
        action: "sqs:ReceiveMessage",
        subject: this.name,
        code: "LeftInQueue",
        status: 0,
        said: `message ${message.id} stays in the queue, for its own redrive policy: ${why.class}, ${why.reason}`,
      }),
    );
  }
}
