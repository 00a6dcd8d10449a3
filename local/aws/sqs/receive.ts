import type { z } from "zod";
import { AwsError } from "../contract.ts";
import type { ReceivedMessage, SqsQueue } from "./fauxqs.ts";
import type { StoredMessage } from "./journal.ts";
import type { Queues } from "./queues.ts";
import type { receiveInput } from "./inputs.ts";

type ReceiveInput = z.infer<typeof receiveInput>;

/**
 * Receives, waiting up to WaitTimeSeconds for something to come. Unlike fauxqs' own, a caller that has gone
 * takes nothing with it, and one that another caller overtook goes on waiting.
 */
export async function receive(
  queues: Queues,
  name: string,
  input: ReceiveInput,
  gone: AbortSignal,
): Promise<{ Messages?: ReceivedMessage[] }> {
  const wait = checked(queues.get(name), input);
  const deadline = Date.now() + wait * 1000;
  while (!hungUp(gone)) {
    const queue = queues.get(name);
    const messages = take(queues, queue, input);
    const left = deadline - Date.now();
    if (messages.length > 0) return { Messages: messages };
    if (left <= 0) return {};
    await Promise.race([queue.waitForMessages(left / 1000), aborted(gone)]);
  }
  return {};
}

function hungUp(gone: AbortSignal): boolean {
  return gone.aborted;
}

/** Seconds to wait. @throws AwsError InvalidParameterValue */
function checked(queue: SqsQueue, input: ReceiveInput): number {
  const wait = input.WaitTimeSeconds ?? Number(queue.attributes["ReceiveMessageWaitTimeSeconds"]);
  range("MaxNumberOfMessages", input.MaxNumberOfMessages, 1, 10);
  range("VisibilityTimeout", input.VisibilityTimeout, 0, 43_200);
  range("WaitTimeSeconds", wait, 0, 20);
  return wait;
}

function range(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (value >= least && value <= most)) return;
  throw new AwsError(
    "InvalidParameterValue",
    400,
    `Value ${value} for parameter ${name} is invalid. Reason: Must be between ${least} and ${most}, if provided.`,
  );
}

/** One transaction: a kill between the dead-letter queue and the queue loses nothing. */
function take(queues: Queues, queue: SqsQueue, input: ReceiveInput): ReceivedMessage[] {
  const resolve = (arn: string) => deadLetters(queues, queue, arn);
  const messages = queues.journal.transaction(() =>
    queue.dequeue(input.MaxNumberOfMessages ?? 1, input.VisibilityTimeout, resolve),
  );
  const system = new Set([...input.AttributeNames, ...input.MessageSystemAttributeNames]);
  for (const message of messages) {
    addSystemAttributes(message, queue, system, queues);
    pickAttributes(message, input.MessageAttributeNames);
  }
  return messages;
}

/** Messages that go to the dead-letter queue remember where they failed: redrive asks for it. */
function deadLetters(queues: Queues, from: SqsQueue, arn: string): SqsQueue | undefined {
  const target = queues.store.getQueueByArn(arn);
  if (target === undefined) return undefined;
  const enqueue = (message: StoredMessage) => {
    message.deadLetterSource = from.arn;
    target.enqueue(message);
  };
  // dequeue() calls nothing but enqueue() of what it is given.
  return { enqueue } as unknown as SqsQueue;
}

function addSystemAttributes(
  received: ReceivedMessage,
  queue: SqsQueue,
  wanted: ReadonlySet<string>,
  queues: Queues,
): void {
  const message: StoredMessage | undefined = queue.inflightMessages.get(
    received.ReceiptHandle,
  )?.message;
  if (message === undefined || wanted.size === 0) return;
  const known: Record<string, string | number | undefined> = {
    SenderId: queues.senderId,
    SentTimestamp: message.sentTimestamp,
    ApproximateReceiveCount: message.approximateReceiveCount,
    ApproximateFirstReceiveTimestamp: message.approximateFirstReceiveTimestamp,
    MessageGroupId: message.messageGroupId,
    MessageDeduplicationId: message.messageDeduplicationId,
    SequenceNumber: message.sequenceNumber,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  };
  const chosen = Object.entries(known).flatMap(([key, value]) =>
    value !== undefined && (wanted.has("All") || wanted.has(key)) ? [[key, String(value)]] : [],
  );
  if (chosen.length > 0) received.Attributes = Object.fromEntries(chosen) as Record<string, string>;
}

/** Message attributes come only when asked for, by name or by prefix (`sales.*`). */
function pickAttributes(received: ReceivedMessage, names: readonly string[]): void {
  const wanted = (attribute: string) =>
    names.some((name) =>
      name === "All" || name === ".*"
        ? true
        : name.endsWith(".*")
          ? attribute.startsWith(name.slice(0, -1))
          : attribute === name,
    );
  const all = Object.entries(received.MessageAttributes ?? {});
  const chosen = all.filter(([attribute]) => wanted(attribute));
  if (chosen.length === all.length) return;
  delete received.MessageAttributes;
  // The digest covers all attributes, so it is true only when all are given.
  delete received.MD5OfMessageAttributes;
  if (chosen.length > 0) received.MessageAttributes = Object.fromEntries(chosen);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
}
