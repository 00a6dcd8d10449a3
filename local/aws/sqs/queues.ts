import type { PolicyDocument, Principal } from "../contract.ts";
import { AwsError } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import { type Attributes, checkAttributes, checkName, withFifoDefaults } from "./attributes.ts";
import { type PersistenceManager, type SqsQueue, SqsStore } from "./fauxqs.ts";
import { Journal } from "./journal.ts";

export interface QueuesOptions {
  /** Folder of the message file; in memory only when absent. */
  readonly home?: string;
  readonly accountId: string;
  readonly region: string;
  readonly identity: Identity;
}

/** How much waits in a queue. */
export interface Depth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Seconds since the oldest message that is not deleted was sent; 0 when there is none. */
  readonly oldestSeconds: number;
}

/** All queues of the account: fauxqs' queues, kept in our journal, found by name, URL or ARN. */
export class Queues {
  readonly store = new SqsStore();
  readonly journal: Journal;
  readonly #options: QueuesOptions;

  constructor(options: QueuesOptions) {
    this.#options = options;
    this.journal = new Journal(options.home);
    this.journal.load(this.store, (name) => this.#path(name));
    // fauxqs asks for its own class; the journal has every method that its queues call.
    const persistence = this.journal as unknown as PersistenceManager;
    this.store.persistence = persistence;
    for (const queue of this.store.allQueues()) queue.persistence = persistence;
  }

  /** Who messages say they are from: the account, as nobody finer is recorded. */
  get senderId(): string {
    return this.#options.accountId;
  }

  arn(name: string): string {
    return `arn:aws:sqs:${this.#options.region}:${this.#options.accountId}:${name}`;
  }

  #path(name: string): string {
    return `/${this.#options.accountId}/${name}`;
  }

  /** The name in a queue URL. @throws AwsError when it is not a queue URL of this account. */
  nameOf(url: string): string {
    const [account, name, ...rest] = url
      .replace(/^https?:\/\/[^/]+/, "")
      .split("/")
      .slice(1);
    if (account !== this.#options.accountId || !name || rest.length > 0) throw noQueue();
    return name;
  }

  find(name: string): SqsQueue | undefined {
    return this.store.getQueueByArn(this.arn(name));
  }

  /** @throws AwsError QueueDoesNotExist */
  get(name: string): SqsQueue {
    const queue = this.find(name);
    if (queue === undefined) throw noQueue();
    queue.processTimers();
    return queue;
  }

  /** Makes a queue, or finds the one of that name if it has the same attributes. @throws AwsError */
  create(name: string, given: Attributes, tags: Record<string, string>): SqsQueue {
    checkName(name);
    checkAttributes(this.arn(name), given, this.store, this.#options.identity, "creating");
    const attributes = withFifoDefaults(name, given);
    const existing = this.find(name);
    if (existing === undefined)
      return this.store.createQueue(name, this.#path(name), this.arn(name), attributes, tags);
    for (const [key, value] of Object.entries(attributes))
      if ((existing.attributes[key] ?? "") !== value)
        throw new AwsError(
          "QueueNameExists",
          400,
          `A queue already exists with the same name and a different value for attribute ${key}`,
        );
    return existing;
  }

  /** Changes attributes; an empty text removes one. @throws AwsError */
  change(queue: SqsQueue, given: Attributes): void {
    checkAttributes(queue.arn, given, this.store, this.#options.identity, "changing");
    const removed = Object.keys(given).filter((key) => given[key] === "");
    for (const key of removed) Reflect.deleteProperty(queue.attributes, key);
    const kept = Object.entries(given).filter(([, value]) => value !== "");
    queue.setAttributes(Object.fromEntries(kept));
  }

  delete(queue: SqsQueue): void {
    this.store.deleteQueue(queue.url);
  }

  policyOf(queue: SqsQueue): PolicyDocument | undefined {
    const text = queue.attributes["Policy"];
    return text ? this.#options.identity.parse(text, "resource") : undefined;
  }

  /** Whether AWS itself (an S3 event, a topic) may send to a queue, by the queue's policy. */
  mayService(queue: SqsQueue, service: string, context: Record<string, string>): boolean {
    const policy = this.policyOf(queue);
    const principal: Principal = { kind: "service", arn: service, accountId: "" };
    return this.#options.identity.decide({
      principal,
      action: "sqs:SendMessage",
      resource: queue.arn,
      resourceAccount: this.#options.accountId,
      context: { "aws:SecureTransport": "true", ...context },
      ...(policy && { resourcePolicy: policy }),
    }).allowed;
  }

  /** Sends without asking anyone. */
  enqueue(queue: SqsQueue, body: string): void {
    const delay = Number(queue.attributes["DelaySeconds"]);
    queue.enqueue(SqsStore.createMessage(body, {}, delay > 0 ? delay : undefined));
  }

  depth(name: string): Depth | undefined {
    const queue = this.find(name);
    if (queue === undefined) return undefined;
    queue.processTimers();
    const count = (attribute: Parameters<SqsQueue["getAttribute"]>[0]) =>
      Number(queue.getAttribute(attribute));
    return {
      visible: count("ApproximateNumberOfMessages"),
      inFlight: count("ApproximateNumberOfMessagesNotVisible"),
      delayed: count("ApproximateNumberOfMessagesDelayed"),
      oldestSeconds: age(queue),
    };
  }

  arns(): string[] {
    return [...this.store.allQueues()].map((queue) => queue.arn);
  }

  close(): void {
    this.store.shutdown();
    this.journal.close();
  }
}

function age(queue: SqsQueue): number {
  let oldest = Date.now();
  for (const message of queue.messages) oldest = Math.min(oldest, message.sentTimestamp);
  for (const { message } of queue.inflightMessages.values())
    oldest = Math.min(oldest, message.sentTimestamp);
  return Math.max(0, (Date.now() - oldest) / 1000);
}

export function noQueue(): AwsError {
  return new AwsError("QueueDoesNotExist", 400, "The specified queue does not exist.");
}
