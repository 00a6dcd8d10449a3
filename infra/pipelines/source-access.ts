import { getBucketNotification } from "@pulumi/aws/s3/getBucketNotification.js";
import { ProgramError } from "../errors.ts";

/**
 * Refuses an existing bucket that workers could not reach: the endpoint's policy lets past only what the
 * foundation names, and the failure would otherwise show as AccessDenied of every object.
 * @throws ProgramError `bucket-not-allowed`
 */
export function requireAllowed(bucket: string, patterns: readonly string[]): void {
  if (patterns.some((pattern) => covers(pattern, bucket))) return;
  throw new ProgramError(
    "bucket-not-allowed",
    `The source bucket ${bucket}`,
    `is not among those that the foundation's S3 endpoint lets past: ${patterns.join(", ")}.`,
    "Add it to sourceBuckets in the foundation's config (causeway:foundation) and run `pulumi up` there.",
  );
}

/** Bucket names hold no `*`; a pattern has at most one, at its end. */
function covers(pattern: string, bucket: string): boolean {
  return pattern.endsWith("*") ? bucket.startsWith(pattern.slice(0, -1)) : bucket === pattern;
}

/** What a bucket tells and to whom, as S3 knows it. */
export interface Notifications {
  readonly eventbridge: boolean;
  readonly queues: readonly { readonly queueArn: string }[];
  readonly topics: readonly { readonly topicArn: string }[];
  readonly lambdaFunctions: readonly { readonly lambdaFunctionArn: string }[];
}

/**
 * Refuses an existing bucket that reports to anyone else. S3 keeps one notification configuration per bucket:
 * writing ours would silence theirs, and destroying ours would remove theirs.
 * @throws ProgramError `bucket-notifies-others`
 */
export function requireUnclaimed(bucket: string, found: Notifications, queueArn: string): void {
  const others = [
    ...found.queues.map((queue) => queue.queueArn),
    ...found.topics.map((topic) => topic.topicArn),
    ...found.lambdaFunctions.map((lambda) => lambda.lambdaFunctionArn),
    ...(found.eventbridge ? ["EventBridge"] : []),
  ].filter((destination) => destination !== queueArn);
  if (others.length === 0) return;
  throw new ProgramError(
    "bucket-notifies-others",
    `The source bucket ${bucket}`,
    `reports its events to ${others.join(", ")} already, and S3 keeps one notification configuration per bucket: ` +
      "this pipeline's would replace it.",
    "Remove it there first, or have its owner fan out, or let the pipeline make a bucket of its own.",
  );
}

/** Looks at an existing bucket before anything is changed. @throws ProgramError, or the provider's error when there is no such bucket */
export async function requireUsable(
  bucket: string,
  patterns: readonly string[],
  queueArn: string,
): Promise<void> {
  requireAllowed(bucket, patterns);
  requireUnclaimed(bucket, await getBucketNotification({ bucket }), queueArn);
}
