import type { AwsRequest, AwsService } from "../contract.ts";
import { AwsError } from "../contract.ts";
import { enforce } from "../identity/identity.ts";
import { jsonService, operation, type JsonOperation } from "../json-service.ts";
import {
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  deleteMessage,
  deleteMessageBatch,
  sendMessage,
  sendMessageBatch,
  SqsError,
  type SqsStore,
} from "./fauxqs.ts";
import * as inputs from "./inputs.ts";
import type { MoveTask, MoveTasks } from "./move.ts";
import type { Queues } from "./queues.ts";
import { receive } from "./receive.ts";

export interface SqsOptions {
  readonly queues: Queues;
  readonly moves: MoveTasks;
  /** The gateway's main endpoint: queue URLs start with it. */
  readonly endpoint: () => string;
}

/** The local SQS: every operation asks the caller's and the queue's policy first. */
export function sqsService(options: SqsOptions): AwsService {
  const service = jsonService({
    protocol: "json-1.0",
    target: "AmazonSQS",
    invalid: "InvalidParameterValue",
    operations: {
      ...queueOperations(options),
      ...messageOperations(options),
      ...moveOperations(options),
    },
  });
  return { handle: (request) => service.handle(request).catch(translate) };
}

/** fauxqs' errors carry SQS' own codes. */
function translate(error: unknown): never {
  if (error instanceof SqsError) throw new AwsError(error.code, error.statusCode, error.message);
  throw error;
}

function queueOperations({ queues, endpoint }: SqsOptions): Record<string, JsonOperation> {
  const url = (path: string) => endpoint() + path;
  const named = (request: AwsRequest, action: string, queueUrl: string) => {
    const name = queues.nameOf(queueUrl);
    ask(queues, request, action, name);
    return queues.get(name);
  };
  return {
    CreateQueue: operation(inputs.createInput, ({ QueueName, Attributes, tags }, request) => {
      ask(queues, request, "sqs:CreateQueue", QueueName);
      return { QueueUrl: url(queues.create(QueueName, Attributes, tags).url) };
    }),
    GetQueueUrl: operation(inputs.nameInput, ({ QueueName }, request) => {
      ask(queues, request, "sqs:GetQueueUrl", QueueName);
      return { QueueUrl: url(queues.get(QueueName).url) };
    }),
    ListQueues: operation(inputs.listInput, (input, request) => {
      ask(queues, request, "sqs:ListQueues", "*");
      const { QueueNamePrefix: prefix, MaxResults: most, NextToken: token } = input;
      const page = queues.store.listQueues(prefix, most, token);
      const QueueUrls = page.queues.map((queue) => url(queue.url));
      return { QueueUrls, ...(page.nextToken && { NextToken: page.nextToken }) };
    }),
    DeleteQueue: operation(inputs.queueInput, ({ QueueUrl }, request) => {
      queues.delete(named(request, "sqs:DeleteQueue", QueueUrl));
      return {};
    }),
    PurgeQueue: operation(inputs.queueInput, ({ QueueUrl }, request) => {
      named(request, "sqs:PurgeQueue", QueueUrl).purge();
      return {};
    }),
    GetQueueAttributes: operation(inputs.getAttributesInput, (input, request) => {
      const queue = named(request, "sqs:GetQueueAttributes", input.QueueUrl);
      return { Attributes: queue.getAllAttributes(input.AttributeNames) };
    }),
    SetQueueAttributes: operation(inputs.setAttributesInput, (input, request) => {
      queues.change(named(request, "sqs:SetQueueAttributes", input.QueueUrl), input.Attributes);
      return {};
    }),
    TagQueue: operation(inputs.tagInput, ({ QueueUrl, Tags }, request) => {
      const queue = named(request, "sqs:TagQueue", QueueUrl);
      for (const [key, value] of Object.entries(Tags)) queue.tags.set(key, value);
      queues.journal.insertQueue(queue);
      return {};
    }),
    UntagQueue: operation(inputs.untagInput, ({ QueueUrl, TagKeys }, request) => {
      const queue = named(request, "sqs:UntagQueue", QueueUrl);
      for (const key of TagKeys) queue.tags.delete(key);
      queues.journal.insertQueue(queue);
      return {};
    }),
    ListQueueTags: operation(inputs.queueInput, ({ QueueUrl }, request) => {
      const queue = named(request, "sqs:ListQueueTags", QueueUrl);
      return { Tags: Object.fromEntries(queue.tags) };
    }),
  };
}

type Action = (body: Record<string, unknown>, store: SqsStore) => unknown;

function messageOperations({ queues }: SqsOptions): Record<string, JsonOperation> {
  /** fauxqs' own action, in one transaction, once the policies agree. */
  const through = (action: string, run: Action) =>
    operation(inputs.anyQueueInput, (input, request) => {
      const name = queues.nameOf(input.QueueUrl);
      ask(queues, request, action, name);
      queues.get(name);
      return queues.journal.transaction(() => run(input, queues.store)) as object;
    });
  return {
    SendMessage: through("sqs:SendMessage", sendMessage),
    SendMessageBatch: through("sqs:SendMessage", sendMessageBatch),
    DeleteMessage: through("sqs:DeleteMessage", deleteMessage),
    DeleteMessageBatch: through("sqs:DeleteMessage", deleteMessageBatch),
    ChangeMessageVisibility: through("sqs:ChangeMessageVisibility", changeMessageVisibility),
    ChangeMessageVisibilityBatch: through(
      "sqs:ChangeMessageVisibility",
      changeMessageVisibilityBatch,
    ),
    ReceiveMessage: operation(inputs.receiveInput, (input, request) => {
      const name = queues.nameOf(input.QueueUrl);
      ask(queues, request, "sqs:ReceiveMessage", name);
      return receive(queues, name, input, whenGone(request));
    }),
  };
}

function moveOperations({ queues, moves, endpoint }: SqsOptions): Record<string, JsonOperation> {
  const nameIn = (arn: string) => arn.slice(arn.lastIndexOf(":") + 1);
  return {
    StartMessageMoveTask: operation(inputs.startMoveInput, (input, request) => {
      const source = nameIn(input.SourceArn);
      for (const action of ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage"])
        ask(queues, request, `sqs:${action}`, source);
      if (input.DestinationArn !== undefined)
        ask(queues, request, "sqs:SendMessage", nameIn(input.DestinationArn));
      const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: rate } = input;
      return { TaskHandle: moves.start(SourceArn, DestinationArn, rate).TaskHandle };
    }),
    ListMessageMoveTasks: operation(inputs.listMovesInput, (input, request) => {
      ask(queues, request, "sqs:ListMessageMoveTasks", nameIn(input.SourceArn));
      const tasks = moves.list(input.SourceArn).slice(0, input.MaxResults ?? 1);
      return { Results: tasks.map(shown) };
    }),
    CancelMessageMoveTask: operation(inputs.cancelMoveInput, ({ TaskHandle }, request) => {
      ask(queues, request, "sqs:CancelMessageMoveTask", "*");
      const { ApproximateNumberOfMessagesMoved } = moves.cancel(TaskHandle);
      return { ApproximateNumberOfMessagesMoved };
    }),
    ListDeadLetterSourceQueues: operation(inputs.queueInput, ({ QueueUrl }, request) => {
      const name = queues.nameOf(QueueUrl);
      ask(queues, request, "sqs:ListDeadLetterSourceQueues", name);
      const sources = moves.sourcesOf(queues.get(name).arn);
      return { queueUrls: sources.map((queue) => endpoint() + queue.url) };
    }),
  };
}

/** A task's handle is only shown while it can be cancelled. */
function shown(task: MoveTask): object {
  const { TaskHandle, ...rest } = task;
  return task.Status === "RUNNING" ? { TaskHandle, ...rest } : rest;
}

function ask(queues: Queues, request: AwsRequest, action: string, name: string): void {
  const queue = queues.find(name);
  const resourcePolicy = queue && queues.policyOf(queue);
  enforce(
    request.authorize({
      action,
      resource: queues.arn(name),
      ...(resourcePolicy && { resourcePolicy }),
    }),
    "AccessDeniedException",
    403,
  );
}

/** Aborts when the caller hangs up before its answer. */
function whenGone({ res }: AwsRequest): AbortSignal {
  const controller = new AbortController();
  if (res.destroyed) controller.abort();
  res.once("close", () => controller.abort());
  return controller.signal;
}
