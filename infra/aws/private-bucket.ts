import * as pulumi from "@pulumi/pulumi";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketLifecycleConfiguration } from "@pulumi/aws/s3/bucketLifecycleConfiguration.js";
import { BucketOwnershipControls } from "@pulumi/aws/s3/bucketOwnershipControls.js";
import { BucketPolicy } from "@pulumi/aws/s3/bucketPolicy.js";
import { BucketPublicAccessBlock } from "@pulumi/aws/s3/bucketPublicAccessBlock.js";
import { BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import { policy, tlsOnly, type PolicyDocument } from "./policy-document.ts";

export interface PrivateBucketArgs {
  readonly bucketName: string;
  /** `delete`: destroying the bucket deletes what is in it. `keep`: the bucket and what closes it stay, unmanaged. */
  readonly data: "keep" | "delete";
  /** Days for which a version that was overwritten or deleted can still be read. */
  readonly noncurrentDays: number;
}

/** A bucket that is closed in every way that S3 knows, versioned, and does not gather leftovers. */
export class PrivateBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: PrivateBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("causeway:aws:PrivateBucket", name, {}, opts);
    const retainOnDelete = args.data === "keep";
    const child = { parent: this, retainOnDelete };
    const bucket = new Bucket(
      name,
      { bucket: args.bucketName, forceDestroy: args.data === "delete" },
      child,
    );
    const within = { bucket: bucket.bucket };
    new BucketOwnershipControls(
      name,
      { ...within, rule: { objectOwnership: "BucketOwnerEnforced" } },
      child,
    );
    const block = new BucketPublicAccessBlock(name, { ...within, ...EVERYTHING_BLOCKED }, child);
    new BucketServerSideEncryptionConfiguration(name, { ...within, rules: [ENCRYPTION] }, child);
    const versioning = new BucketVersioning(
      name,
      { ...within, versioningConfiguration: { status: "Enabled" } },
      child,
    );
    // After versioning: S3 refuses rules on noncurrent versions of a bucket that keeps none.
    new BucketLifecycleConfiguration(
      name,
      { ...within, rules: lifecycleRules(args.noncurrentDays) },
      { ...child, dependsOn: versioning },
    );
    // After the block: S3 handles one change of a bucket's access at a time.
    const policy = bucket.arn.apply((arn) => JSON.stringify(bucketPolicy(arn)));
    const closed = new BucketPolicy(name, { ...within, policy }, { ...child, dependsOn: block });
    // Whoever uses the name or the ARN waits for a bucket that is closed and versioned.
    const ready = pulumi.all([closed.id, versioning.id]);
    this.bucketName = pulumi.all([bucket.bucket, ready]).apply(([value]) => value);
    this.arn = pulumi.all([bucket.arn, ready]).apply(([value]) => value);
    this.registerOutputs({ bucketName: this.bucketName, arn: this.arn });
  }
}

const EVERYTHING_BLOCKED = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

const ENCRYPTION = {
  applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" },
  bucketKeyEnabled: false,
};

export function bucketPolicy(arn: string): PolicyDocument {
  return policy(tlsOnly("s3:*", [arn, `${arn}/*`]));
}

export function lifecycleRules(noncurrentDays: number) {
  return [
    {
      id: "leftovers",
      status: "Enabled",
      filter: { prefix: "" },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      noncurrentVersionExpiration: { noncurrentDays },
      expiration: { expiredObjectDeleteMarker: true },
    },
  ];
}
