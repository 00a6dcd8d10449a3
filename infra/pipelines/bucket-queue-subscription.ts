import type * as pulumi from "@pulumi/pulumi";
import { BucketNotification } from "@pulumi/aws/s3/bucketNotification.js";
import type { EventQueue } from "./event-queue.ts";
import type { SourceBucket } from "./source-bucket.ts";

export interface SubscriptionArgs {
  readonly bucket: SourceBucket;
  readonly queue: EventQueue;
  readonly prefix: string;
  readonly deletes: "ignore" | "mirror";
}

/** The link from a bucket to a queue: what happens to the pipeline's keys becomes hints. */
export function bucketQueueSubscription(
  name: string,
  args: SubscriptionArgs,
  parent: pulumi.Resource,
): BucketNotification {
  const filter = args.prefix === "" ? {} : { filterPrefix: notificationPrefix(args.prefix) };
  return new BucketNotification(
    name,
    {
      bucket: args.bucket.name,
      queues: [
        { id: "causeway", queueArn: args.queue.arn, events: eventsFor(args.deletes), ...filter },
      ],
    },
    { parent },
  );
}

/** Lifecycle deletions are events of their own; a restored object can be copied at last. */
export function eventsFor(deletes: "ignore" | "mirror"): string[] {
  const appears = ["s3:ObjectCreated:*", "s3:ObjectRestore:Completed"];
  return deletes === "mirror"
    ? [...appears, "s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]
    : appears;
}

/** S3 compares a notification's prefix with keys in their encoded form, in which a space is a plus sign. */
export function notificationPrefix(prefix: string): string {
  return encodeURIComponent(prefix)
    .replaceAll("%2F", "/")
    .replaceAll("%20", "+")
    .replaceAll("~", "%7E");
}
