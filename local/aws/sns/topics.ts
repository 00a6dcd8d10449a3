import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Table } from "../../table.ts";
import type { PolicyDocument } from "../contract.ts";
import { AwsError } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import { fanOutToSubscriptions, type SnsStore, SqsStore } from "../sqs/fauxqs.ts";
import type { Queues } from "../sqs/queues.ts";

export interface Topic {
  readonly arn: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** False until somebody answers the confirmation, which locally nobody does. */
  readonly confirmed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A message attribute as SNS publishes it. */
export interface MessageAttribute {
  DataType: string;
  StringValue?: string;
  BinaryValue?: string;
}

export interface Publication {
  readonly message: string;
  readonly subject?: string | undefined;
  readonly attributes: Record<string, MessageAttribute>;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

export interface TopicsOptions {
  readonly home?: string;
  readonly accountId: string;
  readonly region: string;
  readonly identity: Identity;
  readonly queues: Queues;
}

/** The account's topics and who listens to them; delivery is fauxqs' fan-out into the local queues. */
export class Topics {
  readonly topics: Table<Topic>;
  readonly subscriptions: Table<Subscription>;
  readonly #options: TopicsOptions;

  constructor(options: TopicsOptions) {
    const file = (name: string) =>
      options.home === undefined ? undefined : join(options.home, `${name}.json`);
    this.#options = options;
    this.topics = new Table(file("topics"));
    this.subscriptions = new Table(file("subscriptions"));
  }

  arn(name: string): string {
    return `arn:aws:sns:${this.#options.region}:${this.#options.accountId}:${name}`;
  }

  /** @throws AwsError NotFound */
  get(arn: string): Topic {
    const topic = this.topics.get(arn);
    if (topic === undefined) throw new AwsError("NotFound", 404, "Topic does not exist");
    return topic;
  }

  policyOf(arn: string): PolicyDocument | undefined {
    const text = this.topics.get(arn)?.attributes["Policy"];
    return text ? this.#options.identity.parse(text, "resource") : undefined;
  }

  create(topic: Omit<Topic, "arn">): Topic {
    const arn = this.arn(topic.name);
    const existing = this.topics.get(arn);
    if (existing !== undefined) return unchanged(existing, topic);
    const created = { arn, ...topic };
    this.topics.set(arn, created);
    return created;
  }

  delete(arn: string): void {
    for (const subscription of this.of(arn)) this.subscriptions.delete(subscription.arn);
    this.topics.delete(arn);
  }

  of(topicArn: string): Subscription[] {
    return this.subscriptions.values().filter((one) => one.topicArn === topicArn);
  }

  subscribe(wanted: Omit<Subscription, "arn" | "confirmed">): Subscription {
    this.get(wanted.topicArn);
    const same = this.of(wanted.topicArn).find(
      (one) => one.protocol === wanted.protocol && one.endpoint === wanted.endpoint,
    );
    if (same !== undefined) return same;
    const arn = `${wanted.topicArn}:${randomUUID()}`;
    const subscription = { ...wanted, arn, confirmed: wanted.protocol === "sqs" };
    this.subscriptions.set(arn, subscription);
    return subscription;
  }

  /** Delivers to every queue whose own policy lets the topic send. @returns the message's id */
  publish(topicArn: string, publication: Publication): string {
    this.get(topicArn);
    const messageId = randomUUID();
    const { queues, accountId } = this.#options;
    const open = (queueArn: string) => {
      const queue = queues.store.getQueueByArn(queueArn);
      const context = { "aws:SourceArn": topicArn, "aws:SourceAccount": accountId };
      return queue && queues.mayService(queue, "sns.amazonaws.com", context) ? queue : undefined;
    };
    fanOutToSubscriptions({
      topicArn,
      topic: { subscriptionArns: this.of(topicArn).map((one) => one.arn) },
      messageId,
      message: publication.message,
      messageAttributes: publication.attributes,
      ...(publication.subject === undefined ? {} : { subject: publication.subject }),
      ...(publication.groupId === undefined ? {} : { messageGroupId: publication.groupId }),
      ...this.#deduplication(topicArn, publication),
      // The fan-out looks up subscriptions in the one and queues in the other, and nothing else.
      snsStore: {
        getSubscription: (arn: string) => copied(this.subscriptions.get(arn)),
      } as unknown as SnsStore,
      sqsStore: { getQueueByArn: open } as unknown as SqsStore,
    });
    return messageId;
  }

  #deduplication(topicArn: string, publication: Publication): { messageDeduplicationId?: string } {
    const { attributes } = this.get(topicArn);
    if (attributes["FifoTopic"] !== "true") return {};
    const byContent = attributes["ContentBasedDeduplication"] === "true";
    const id =
      publication.deduplicationId ??
      (byContent ? SqsStore.contentBasedDeduplicationId(publication.message) : undefined);
    if (publication.groupId === undefined || id === undefined)
      throw invalid(
        "A FIFO topic needs a MessageGroupId, and a MessageDeduplicationId or ContentBasedDeduplication.",
      );
    return { messageDeduplicationId: id };
  }
}

function copied(subscription: Subscription | undefined): Subscription | undefined {
  return subscription && { ...subscription, attributes: { ...subscription.attributes } };
}

function unchanged(existing: Topic, wanted: Omit<Topic, "arn">): Topic {
  for (const [key, value] of Object.entries(wanted.attributes))
    if ((existing.attributes[key] ?? value) !== value)
      throw invalid("Attributes Reason: Topic already exists with different attributes");
  for (const [key, value] of Object.entries(wanted.tags))
    if (existing.tags[key] !== value)
      throw invalid("Tags Reason: Topic already exists with different tags");
  return existing;
}

export function invalid(message: string): AwsError {
  return new AwsError("InvalidParameter", 400, `Invalid parameter: ${message}`);
}
