import {
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type LifecycleRule,
  type OwnershipControlsRule,
  type S3Client,
  type ServerSideEncryptionRule,
} from "@aws-sdk/client-s3";
import { flag, record, records, text } from "../framework/access.ts";
import { policyDocument } from "../framework/documents.ts";
import { policy } from "../framework/rules.ts";
import type { Props } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { fromApi, toApi } from "./casing.ts";
import { unlessMissing } from "./clients.ts";
import { bucket } from "./s3-bucket.ts";
import { liveRule, apiRule } from "./s3-lifecycle.ts";
import { bucketNotification } from "./s3-notification.ts";
import { bucketPart } from "./s3-part.ts";

export function s3Types(s3: S3Client): AwsType[] {
  return [
    bucket(s3),
    versioning(s3),
    publicAccessBlock(s3),
    bucketPolicy(s3),
    encryption(s3),
    lifecycle(s3),
    ownershipControls(s3),
    bucketNotification(s3),
  ];
}

function versioning(s3: S3Client): AwsType {
  const put = (Bucket: string, status: string) =>
    s3.send(
      new PutBucketVersioningCommand({
        Bucket,
        VersioningConfiguration: { Status: status as "Enabled" | "Suspended" },
      }),
    );
  return bucketPart({
    token: "aws:s3/bucketVersioning:BucketVersioning",
    supports: ["versioningConfiguration"],
    rules: {
      versioningConfiguration: (value) => {
        const status = (value as Props)["status"];
        if (typeof status !== "string" || /^(Enabled|Suspended)$/.test(status)) return undefined;
        return `expected status to be one of ["Enabled","Suspended"], got "${status}"`;
      },
    },
    put: (Bucket, inputs) =>
      put(Bucket, text(record(inputs, "versioningConfiguration") ?? {}, "status")),
    get: async (Bucket) => {
      const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }));
      return { versioningConfiguration: { status: Status ?? "Disabled" } };
    },
    remove: (Bucket) => put(Bucket, "Suspended"),
  });
}

function publicAccessBlock(s3: S3Client): AwsType {
  const settings = [
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
  ];
  return bucketPart({
    token: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    supports: settings,
    put: (Bucket, inputs) => {
      const chosen = Object.fromEntries(settings.map((name) => [name, flag(inputs, name)]));
      const PublicAccessBlockConfiguration = toApi(chosen) as Record<string, boolean>;
      return s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    },
    get: async (Bucket) => {
      const answer = s3.send(new GetPublicAccessBlockCommand({ Bucket }));
      const found = await unlessMissing(answer, "NoSuchPublicAccessBlockConfiguration");
      if (found === undefined) return undefined;
      return fromApi(found.PublicAccessBlockConfiguration) as Props;
    },
    remove: (Bucket) => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
  });
}

function bucketPolicy(s3: S3Client): AwsType {
  return bucketPart({
    token: "aws:s3/bucketPolicy:BucketPolicy",
    supports: ["policy"],
    documents: { policy: policyDocument },
    rules: { policy },
    put: (Bucket, inputs) =>
      s3.send(new PutBucketPolicyCommand({ Bucket, Policy: text(inputs, "policy") })),
    get: async (Bucket) => {
      const answer = s3.send(new GetBucketPolicyCommand({ Bucket }));
      const found = await unlessMissing(answer, "NoSuchBucketPolicy");
      return found?.Policy === undefined ? undefined : { policy: found.Policy };
    },
    remove: (Bucket) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  });
}

function encryption(s3: S3Client): AwsType {
  return bucketPart({
    token: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    supports: ["rules"],
    sets: ["rules"],
    put: (Bucket, inputs) => {
      const Rules = toApi(records(inputs, "rules")) as ServerSideEncryptionRule[];
      const ServerSideEncryptionConfiguration = { Rules };
      return s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
    },
    get: async (Bucket) => {
      const answer = s3.send(new GetBucketEncryptionCommand({ Bucket }));
      const missing = "ServerSideEncryptionConfigurationNotFoundError";
      const found = await unlessMissing(answer, missing);
      const rules = found?.ServerSideEncryptionConfiguration?.Rules;
      return rules === undefined ? undefined : { rules: fromApi(rules) };
    },
    remove: (Bucket) => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
  });
}

function lifecycle(s3: S3Client): AwsType {
  return bucketPart({
    token: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    supports: ["rules"],
    sets: ["rules"],
    put: (Bucket, inputs) => {
      const Rules = records(inputs, "rules").map(apiRule) as unknown as LifecycleRule[];
      const LifecycleConfiguration = { Rules };
      return s3.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }),
      );
    },
    get: async (Bucket) => {
      const answer = s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      const found = await unlessMissing(answer, "NoSuchLifecycleConfiguration");
      return found === undefined ? undefined : { rules: (found.Rules ?? []).map(liveRule) };
    },
    remove: (Bucket) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  });
}

function ownershipControls(s3: S3Client): AwsType {
  return bucketPart({
    token: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    supports: ["rule"],
    put: (Bucket, inputs) => {
      const Rules = [toApi(record(inputs, "rule") ?? {}) as OwnershipControlsRule];
      const OwnershipControls = { Rules };
      return s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
    },
    get: async (Bucket) => {
      const answer = s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
      const found = await unlessMissing(answer, "OwnershipControlsNotFoundError");
      const rule = found?.OwnershipControls?.Rules?.[0];
      return rule === undefined ? undefined : { rule: fromApi(rule) };
    },
    remove: (Bucket) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
  });
}
