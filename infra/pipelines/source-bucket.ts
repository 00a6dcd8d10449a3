import type * as pulumi from "@pulumi/pulumi";
import { PrivateBucket } from "../aws/private-bucket.ts";
import type { Cloud } from "../cloud.ts";
import { pipelineName, sourceBucketName, type Owner } from "../names.ts";

/** A source bucket, made here or by somebody else. */
export interface SourceBucket {
  readonly name: pulumi.Input<string>;
  readonly arn: pulumi.Input<string>;
}

/** Long enough for a run to read the version that an event named, after it was overwritten. */
const SOURCE_NONCURRENT_DAYS = 7;

/**
 * The bucket that the spec names, or one of the pipeline's own, versioned so that every read can be bound to
 * one version. Of an existing bucket nothing is changed but its notifications.
 */
export function sourceBucket(
  existing: string | undefined,
  owner: Owner,
  cloud: Cloud,
  data: "keep" | "delete",
  parent: pulumi.Resource,
): SourceBucket {
  if (existing !== undefined)
    return { name: existing, arn: `arn:${cloud.partition}:s3:::${existing}` };
  const bucket = new PrivateBucket(
    pipelineName(owner, "source"),
    { bucketName: sourceBucketName(owner, cloud), data, noncurrentDays: SOURCE_NONCURRENT_DAYS },
    { parent },
  );
  return { name: bucket.bucketName, arn: bucket.arn };
}
