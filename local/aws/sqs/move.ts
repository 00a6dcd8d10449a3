import { randomUUID } from "node:crypto";
import type { Table } from "../../table.ts";
import { AwsError } from "../contract.ts";
import { readRedrive } from "./attributes.ts";
import { type SqsQueue, SqsStore } from "./fauxqs.ts";
import type { StoredMessage } from "./journal.ts";
import type { Queues } from "./queues.ts";

/** One StartMessageMoveTask: what a dead-letter queue held goes back. */
export interface MoveTask {
  readonly TaskHandle: string;
  readonly SourceArn: string;
  readonly DestinationArn?: string;
  readonly MaxNumberOfMessagesPerSecond: number;
  readonly Status: "RUNNING" | "COMPLETED" | "CANCELLED" | "FAILED";
  readonly FailureReason?: string;
  readonly ApproximateNumberOfMessagesMoved: number;
  readonly ApproximateNumberOfMessagesToMove: number;
  /** Milliseconds since 1970. */
  readonly StartedTimestamp: number;
}

const TICK_MS = 100;
const KEPT = 10;

/** Runs move tasks; they go on after a restart. */
export class MoveTasks {
  readonly #queues: Queues;
  readonly #table: Table<MoveTask>;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(queues: Queues, table: Table<MoveTask>) {
    this.#queues = queues;
    this.#table = table;
    for (const task of table.values()) if (task.Status === "RUNNING") this.#run(task.TaskHandle);
  }

  /** @throws AwsError when the source is no dead-letter queue, or already being moved. */
  start(sourceArn: string, destinationArn: string | undefined, perSecond = 500): MoveTask {
    const source = this.#byArn(sourceArn);
    if (source.isFifo()) throw unsupported("The local SQS does not move messages of FIFO queues.");
    if (destinationArn !== undefined) this.#byArn(destinationArn);
    if (this.sourcesOf(sourceArn).length === 0)
      throw unsupported("Source queue must be configured as a Dead Letter Queue.");
    const running = this.list(sourceArn).some((task) => task.Status === "RUNNING");
    if (running)
      throw unsupported(
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
      );
    const task: MoveTask = {
      TaskHandle: Buffer.from(JSON.stringify({ taskId: randomUUID(), sourceArn })).toString(
        "base64",
      ),
      SourceArn: sourceArn,
      ...(destinationArn === undefined ? {} : { DestinationArn: destinationArn }),
      MaxNumberOfMessagesPerSecond: perSecond,
      Status: "RUNNING",
      ApproximateNumberOfMessagesMoved: 0,
      ApproximateNumberOfMessagesToMove: source.messages.length,
      StartedTimestamp: Date.now(),
    };
    this.#table.set(task.TaskHandle, task);
    for (const old of this.list(sourceArn).slice(KEPT)) this.#table.delete(old.TaskHandle);
    this.#run(task.TaskHandle);
    return task;
  }

  /** Newest first. */
  list(sourceArn: string): MoveTask[] {
    const all = this.#table.values().filter((task) => task.SourceArn === sourceArn);
    return all.sort((a, b) => b.StartedTimestamp - a.StartedTimestamp);
  }

  /** @throws AwsError ResourceNotFoundException */
  cancel(handle: string): MoveTask {
    const task = this.#table.get(handle);
    if (task?.Status !== "RUNNING")
      throw new AwsError("ResourceNotFoundException", 400, "Task does not exist.");
    return this.#settle(task, { Status: "CANCELLED" });
  }

  /** The queues whose redrive policy names this dead-letter queue. */
  sourcesOf(deadLetterArn: string): SqsQueue[] {
    return [...this.#queues.store.allQueues()].filter(
      (queue) =>
        readRedrive(queue.attributes["RedrivePolicy"])?.deadLetterTargetArn === deadLetterArn,
    );
  }

  close(): void {
    for (const timer of this.#timers.values()) clearInterval(timer);
    this.#timers.clear();
  }

  #byArn(arn: string): SqsQueue {
    const queue = this.#queues.store.getQueueByArn(arn);
    if (queue !== undefined) return queue;
    throw new AwsError(
      "ResourceNotFoundException",
      400,
      "The resource that you specified for the SourceArn parameter doesn't exist.",
    );
  }

  #run(handle: string): void {
    const timer = setInterval(() => this.#step(handle), TICK_MS);
    this.#timers.set(handle, timer);
  }

  #step(handle: string): void {
    const task = this.#table.get(handle);
    const source = task && this.#queues.store.getQueueByArn(task.SourceArn);
    if (task?.Status !== "RUNNING" || source === undefined) {
      if (task)
        this.#settle(task, {
          Status: "FAILED",
          FailureReason: "AWS.SimpleQueueService.NonExistentQueue",
        });
      return;
    }
    source.processTimers();
    const share = Math.max(1, Math.floor((task.MaxNumberOfMessagesPerSecond * TICK_MS) / 1000));
    let moved = 0;
    while (moved < share) {
      const message: StoredMessage | undefined = source.messages[0];
      if (message === undefined) break;
      const failure = this.#move(task, source, message);
      if (failure !== undefined) {
        this.#settle(this.#count(task, moved), { Status: "FAILED", FailureReason: failure });
        return;
      }
      moved++;
    }
    const counted = moved > 0 ? this.#count(task, moved) : task;
    if (source.messages.length === 0) this.#settle(counted, { Status: "COMPLETED" });
  }

  /** Moves the first message, or says why it cannot. A moved message is a new one: it starts to count anew. */
  #move(task: MoveTask, source: SqsQueue, message: StoredMessage): string | undefined {
    const arn = task.DestinationArn ?? message.deadLetterSource;
    if (arn === undefined) return "CouldNotDetermineMessageSource";
    const target = this.#queues.store.getQueueByArn(arn);
    if (target === undefined) return "AWS.SimpleQueueService.NonExistentQueue";
    this.#queues.journal.transaction(() => {
      source.messages.shift();
      this.#queues.journal.deleteMessage(message.messageId);
      target.enqueue(SqsStore.createMessage(message.body, message.messageAttributes));
    });
    return undefined;
  }

  #count(task: MoveTask, moved: number): MoveTask {
    const total = task.ApproximateNumberOfMessagesMoved + moved;
    const next: MoveTask = { ...task, ApproximateNumberOfMessagesMoved: total };
    this.#table.set(task.TaskHandle, next);
    return next;
  }

  #settle(task: MoveTask, end: Pick<MoveTask, "Status" | "FailureReason">): MoveTask {
    clearInterval(this.#timers.get(task.TaskHandle));
    this.#timers.delete(task.TaskHandle);
    const settled: MoveTask = { ...task, ...end };
    this.#table.set(task.TaskHandle, settled);
    return settled;
  }
}

function unsupported(message: string): AwsError {
  return new AwsError("UnsupportedOperation", 400, message);
}
