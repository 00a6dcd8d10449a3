import type { AwsClient } from "../aws/client.ts";

export interface Message {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  /** How often the queue has handed it out, this time included. */
  readonly receiveCount: number;
  /** When it was received here, for `seconds` of its ledger entry. */
  readonly receivedAt: Date;
}

/** Why a message goes to the dead-letter queue; becomes message attributes. */
export interface DeadReason {
  readonly class: string;
  readonly reason: string;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
}

export interface Queue {
  /** For messages to people. */
  readonly name: string;
  /** Waits up to 20 s for messages; each is then invisible to others for `VISIBILITY_SECONDS`. */
  receive(most: number, signal: AbortSignal): Promise<Message[]>;
  /** Keeps messages invisible for so many seconds from now; 0 hands them back. At most ten. */
  changeVisibility(
    messages: readonly Message[],
    seconds: number,
    signal: AbortSignal,
  ): Promise<void>;
  /** At most ten. */
  remove(messages: readonly Message[], signal: AbortSignal): Promise<void>;
  deadLetter(message: Message, why: DeadReason, signal: AbortSignal): Promise<void>;
  /** Puts a message of our own into the queue, to be seen after so many seconds (at most 900). */
  send(body: string, delaySeconds: number, signal: AbortSignal): Promise<void>;
}

/** How long a message stays with a worker that went silent. */
export const VISIBILITY_SECONDS = 30;
export const BATCH = 10;
const WAIT_SECONDS = 20;

interface Received {
  Messages?: {
    MessageId: string;
    ReceiptHandle: string;
    Body: string;
    Attributes?: Record<string, string>;
  }[];
}

export class SqsQueue implements Queue {
  readonly #client: AwsClient;
  readonly #region: string;
  readonly #url: string;
  readonly #deadLetterUrl: string;
  readonly name: string;

  constructor(
    client: AwsClient,
    region: string,
    urls: { readonly url: string; readonly deadLetterUrl: string },
  ) {
    this.#client = client;
    this.#region = region;
    this.#url = urls.url;
    this.name = urls.url;
    this.#deadLetterUrl = urls.deadLetterUrl;
  }

  async receive(most: number, signal: AbortSignal): Promise<Message[]> {
    const input = {
      QueueUrl: this.#url,
      MaxNumberOfMessages: Math.min(BATCH, most),
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: VISIBILITY_SECONDS,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    };
    const answer = await this.#call<Received>("ReceiveMessage", input, signal);
    const receivedAt = new Date();
    return (answer.Messages ?? []).map((message) => ({
      id: message.MessageId,
      receipt: message.ReceiptHandle,
      body: message.Body,
      receiveCount: Math.max(1, Number(message.Attributes?.["ApproximateReceiveCount"] ?? 1)),
      receivedAt,
    }));
  }

  async changeVisibility(
    messages: readonly Message[],
    seconds: number,
    signal: AbortSignal,
  ): Promise<void> {
    const Entries = messages.map((message, index) => ({
      Id: String(index),
      ReceiptHandle: message.receipt,
      VisibilityTimeout: seconds,
    }));
    // Single failures are messages that are gone or visible again: nothing to keep.
    await this.#call("ChangeMessageVisibilityBatch", { QueueUrl: this.#url, Entries }, signal);
  }

  async remove(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    const Entries = messages.map((message, index) => ({
      Id: String(index),
      ReceiptHandle: message.receipt,
    }));
    // Single failures are messages that are gone, or come again and are then found unchanged.
    await this.#call("DeleteMessageBatch", { QueueUrl: this.#url, Entries }, signal);
  }

  async deadLetter(message: Message, why: DeadReason, signal: AbortSignal): Promise<void> {
    const attributes = {
      "causeway.class": why.class,
      "causeway.reason": why.reason,
      "causeway.action": why.action,
      "causeway.target": why.target,
      "causeway.message": message.id,
    };
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes)
        .filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "")
        .map(([name, value]) => [name, { DataType: "String", StringValue: attributeText(value) }]),
    );
    const input = { QueueUrl: this.#deadLetterUrl, MessageBody: message.body, MessageAttributes };
    await this.#call("SendMessage", input, signal);
  }

  async send(body: string, delaySeconds: number, signal: AbortSignal): Promise<void> {
    const input = { QueueUrl: this.#url, MessageBody: body, DelaySeconds: delaySeconds };
    await this.#call("SendMessage", input, signal);
  }

  #call<T>(
    operation: string,
    input: { readonly QueueUrl: string; readonly [field: string]: unknown },
    signal: AbortSignal,
  ): Promise<T> {
    const single = operation.replace(/Batch$/, "");
    return this.#client.json<T>({
      service: "sqs",
      region: this.#region,
      asked: {
        service: "sqs",
        action: `sqs:${single}`,
        subject: input.QueueUrl,
      },
      target: `AmazonSQS.${operation}`,
      version: "1.0",
      input,
      signal,
      timeoutMs: operation === "ReceiveMessage" ? (WAIT_SECONDS + 10) * 1000 : 15_000,
    });
  }
}

/** What an attribute can hold: XML's characters, and not too many of them. */
function attributeText(value: string): string {
  const clean = value
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, "\uFFFD");
  return clean.slice(0, 2000);
}
