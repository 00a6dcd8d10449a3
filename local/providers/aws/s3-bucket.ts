import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
  type BucketLocationConstraint,
  type S3Client,
} from "@aws-sdk/client-s3";
import { flag, text } from "../framework/access.ts";
import type { Live, Rule } from "../framework/resource-type.ts";
import { ProviderError } from "../wire/errors.ts";
import type { Value } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { tagList, tagMap, unlessMissing } from "./clients.ts";
import { tagsOf } from "./scope.ts";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const bucketName: Rule = (value: Value) => {
  const name = typeof value === "string" ? value : "";
  const legal =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^(\d+\.){3}\d+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  return legal
    ? undefined
    : `InvalidBucketName: expected 3 to 63 lower-case letters, digits, dots and hyphens, got "${name}" (${name.length} characters)`;
};

export function bucket(s3: S3Client): AwsType {
  return {
    token: "aws:s3/bucket:Bucket",
    autoname: { property: "bucket", maxLength: 63, shape: (name) => name.toLowerCase() },
    supports: ["bucket", "forceDestroy", "tags", "region"],
    defaults: { forceDestroy: false },
    replaceOn: ["bucket"],
    rules: { bucket: bucketName },
    create: async (inputs, scope) => {
      const name = text(inputs, "bucket");
      const LocationConstraint = scope.region as BucketLocationConstraint;
      const elsewhere = scope.region !== "us-east-1";
      await s3.send(
        new CreateBucketCommand({
          Bucket: name,
          ...(elsewhere ? { CreateBucketConfiguration: { LocationConstraint } } : {}),
        }),
      );
      return name;
    },
    settle: async (name, inputs) => {
      const TagSet = tagList(tagsOf(inputs));
      await (TagSet.length === 0
        ? s3.send(new DeleteBucketTaggingCommand({ Bucket: name }))
        : s3.send(new PutBucketTaggingCommand({ Bucket: name, Tagging: { TagSet } })));
    },
    read: async (name, _inputs, scope): Promise<Live | undefined> => {
      const head = s3.send(new HeadBucketCommand({ Bucket: name }));
      if ((await unlessMissing(head, "NotFound", "NoSuchBucket")) === undefined) return undefined;
      const tagging = s3.send(new GetBucketTaggingCommand({ Bucket: name }));
      const tags = tagMap((await unlessMissing(tagging, "NoSuchTagSet"))?.TagSet);
      return {
        inputs: { bucket: name, tags },
        outputs: {
          arn: `arn:${scope.partition}:s3:::${name}`,
          bucketDomainName: `${name}.s3.amazonaws.com`,
          bucketRegionalDomainName: `${name}.s3.${scope.region}.amazonaws.com`,
          bucketRegion: scope.region,
        },
      };
    },
    delete: async (name, inputs) => {
      if (flag(inputs, "forceDestroy")) await empty(s3, name);
      await unlessMissing(s3.send(new DeleteBucketCommand({ Bucket: name })), "NoSuchBucket");
    },
  };
}

/** Deletes every version, delete marker and unfinished upload, page by page. */
async function empty(s3: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const listing = s3.send(new ListObjectVersionsCommand({ Bucket }));
    const page = await unlessMissing(listing, "NoSuchBucket");
    const found = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])];
    if (found.length === 0) break;
    const Objects = found.map(({ Key, VersionId }) => ({ Key, VersionId }));
    const Delete = { Objects: Objects as { Key: string; VersionId: string }[], Quiet: true };
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
    const [first] = Errors;
    if (first !== undefined) {
      const { Key = "", Code = "", Message = "" } = first;
      throw new ProviderError(`emptying the bucket ${Bucket}: ${Key}: ${Code}: ${Message}`);
    }
  }
  const uploads = s3.send(new ListMultipartUploadsCommand({ Bucket }));
  for (const { Key, UploadId } of (await unlessMissing(uploads, "NoSuchBucket"))?.Uploads ?? []) {
    const abort = new AbortMultipartUploadCommand({ Bucket, Key, UploadId });
    await unlessMissing(s3.send(abort), "NoSuchUpload");
  }
}
