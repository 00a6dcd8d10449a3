import { z } from "zod";
import { CredentialReference, RoleArn } from "./credentials.ts";
import { fields, variants } from "./fields.ts";
import {
  AwsRegion,
  BlobPrefix,
  BucketName,
  ContainerName,
  KeyPrefix,
  StorageAccountName,
  TargetName,
} from "./names.ts";

const AzureBlobTarget = fields({
  type: z.literal("azure-blob"),
  name: TargetName.default("azure"),
  container: ContainerName.optional().describe(
    "Name of the container, which the pipeline makes and owns; one that exists already is refused. Without it a name is derived from tenant and pipeline.",
  ),
  prefix: BlobPrefix.default(""),
  account: StorageAccountName.optional().describe("A storage account other than the foundation's."),
  access: z
    .enum(["sas", "federation", "key"])
    .default("sas")
    .describe(
      "How a worker proves itself: a container SAS that the pipeline rotates, workload identity federation, or an account key by reference.",
    ),
  credentials: CredentialReference.optional().describe(
    'Where the account key is kept; only with access "key".',
  ),
}).meta({ id: "AzureBlobTarget", description: "A container in Azure Blob Storage." });

const S3Target = fields({
  type: z.literal("s3"),
  name: TargetName.default("s3"),
  bucket: BucketName,
  prefix: KeyPrefix.default(""),
  region: AwsRegion.optional(),
  partition: z.enum(["aws", "aws-cn", "aws-us-gov"]).default("aws"),
  access: z
    .enum(["assumed-role", "key"])
    .default("assumed-role")
    .describe(
      "How a worker proves itself: by a role that it assumes, or by an access key by reference.",
    ),
  role: RoleArn.optional().describe(
    'The role to assume; only, and always, with access "assumed-role".',
  ),
  credentials: CredentialReference.optional().describe(
    'Where the access key is kept; only, and always, with access "key".',
  ),
}).meta({ id: "S3Target", description: "A bucket in AWS, in any account or partition." });

export const Target = variants("type", [AzureBlobTarget, S3Target], ["azure-blob", "s3"]).meta({
  id: "Target",
});
export type Target = z.output<typeof Target>;
