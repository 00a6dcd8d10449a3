import { z } from "zod";
import { CredentialReference } from "./credentials.ts";
import { expects } from "./explain.ts";
import { fields, variants } from "./fields.ts";
import { AwsRegion, BucketName, KeyPrefix } from "./names.ts";

const S3Source = fields({
  type: z.literal("s3"),
  bucket: BucketName.optional().describe(
    "An existing bucket that the foundation allows (its sourceBuckets). Without it the pipeline makes a bucket of its own.",
  ),
  prefix: KeyPrefix.default(""),
  region: AwsRegion.optional().describe(
    "Region of an existing bucket. Without it the pipeline's own.",
  ),
}).meta({ id: "S3Source", description: "A bucket in AWS." });

const ENDPOINT_RULE =
  "the https address of an S3-compatible endpoint, without user, path, query or fragment";

/** An address and nothing else: a user or a query would be a place to type a secret into. */
export const Endpoint = z
  .string(expects(ENDPOINT_RULE))
  .regex(/^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{2,5})?\/?$/, expects(ENDPOINT_RULE))
  .meta({
    description: "Address of the endpoint.",
    examples: ["https://oss-cn-hangzhou.aliyuncs.com"],
  });

const S3CompatibleSource = fields({
  type: z.literal("s3-compatible"),
  provider: z
    .enum(["oss", "cos", "kodo", "other"])
    .default("other")
    .describe("Alibaba OSS, Tencent COS, Qiniu Kodo or any other: their dialects differ a little."),
  endpoint: Endpoint,
  region: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("What the endpoint wants to see in a signature."),
  bucket: z.string().min(1).max(255),
  prefix: KeyPrefix.default(""),
  credentials: CredentialReference,
}).meta({ id: "S3CompatibleSource", description: "A bucket at any endpoint that speaks S3." });

export const CopySource = variants(
  "type",
  [S3Source, S3CompatibleSource],
  ["s3", "s3-compatible"],
).meta({
  id: "CopySource",
});
export type CopySource = z.output<typeof CopySource>;
