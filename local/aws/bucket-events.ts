import type { PolicyDocument } from "./contract.ts";
import type { Identity } from "./identity/identity.ts";
import type { Topics } from "./sns/topics.ts";
import type { Queues } from "./sqs/queues.ts";

export interface BucketEventsOptions {
  readonly identity: Identity;
  readonly queues: Queues;
  readonly topics: Topics;
  readonly onLog?: ((line: string) => void) | undefined;
}

/** A bucket's event on its way to a queue or a topic; `event` is the JSON text that S3 sends. */
export interface Notification {
  readonly destinationArn: string;
  readonly bucket: string;
  readonly event: string;
}

const S3 = "s3.amazonaws.com";

/** Delivers S3's events as S3: the destination's own policy decides whether it may. */
export class BucketEvents {
  readonly #options: BucketEventsOptions;

  constructor(options: BucketEventsOptions) {
    this.#options = options;
  }

  /** Like S3, drops the event when the destination refuses it; the log says so. */
  deliver(notification: Notification): void {
    const { queues, topics, onLog } = this.#options;
    const { destinationArn, bucket, event } = notification;
    if (!this.maySend(destinationArn, bucket)) {
      onLog?.(`S3 may not send an event of bucket ${bucket} to ${destinationArn}: it is dropped.`);
      return;
    }
    const queue = queues.store.getQueueByArn(destinationArn);
    if (queue !== undefined) queues.enqueue(queue, event);
    else
      topics.publish(destinationArn, {
        message: event,
        subject: "Amazon S3 Notification",
        attributes: {},
      });
  }

  /** Whether the destination exists and its policy lets S3 send for this bucket. */
  maySend(destinationArn: string, bucket: string): boolean {
    const { identity, queues, topics } = this.#options;
    const context = {
      "aws:SourceArn": `arn:aws:s3:::${bucket}`,
      "aws:SourceAccount": identity.accountId,
    };
    const queue = queues.store.getQueueByArn(destinationArn);
    if (queue !== undefined) return !queue.isFifo() && queues.mayService(queue, S3, context);
    if (!topics.topics.has(destinationArn)) return false;
    return this.#mayPublish(destinationArn, topics.policyOf(destinationArn), context);
  }

  #mayPublish(
    arn: string,
    resourcePolicy: PolicyDocument | undefined,
    context: Record<string, string>,
  ): boolean {
    const { identity } = this.#options;
    return identity.decide({
      principal: { kind: "service", arn: S3, accountId: "" },
      action: "sns:Publish",
      resource: arn,
      resourceAccount: identity.accountId,
      context: { "aws:SecureTransport": "true", ...context },
      ...(resourcePolicy && { resourcePolicy }),
    }).allowed;
  }
}
