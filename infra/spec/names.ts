import { z } from "zod";
import { expects } from "./explain.ts";

/*
 * Lengths: the longest derived name is a worker's IAM role (64) and the source bucket (63),
 *   cw-<environment 8>--<tenant 16>--<pipeline 24>--worker = 63
 *   cw-<environment 8>--<tenant 16>--<pipeline 24>-<hash 6> = 62
 * so every legal name fits everywhere as it is and nothing is ever cut. `--` separates the parts and may
 * not occur inside one, so no two pairs of tenant and pipeline share a derived name.
 */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

function name(noun: string, max: number) {
  const rule = `${noun}: 2 to ${max} lower-case letters, digits and single hyphens, starting with a letter and not ending with a hyphen`;
  return z
    .string(expects(rule))
    .min(2, expects(rule))
    .max(
      max,
      expects(
        rule,
        `Every name in the clouds is derived from it and must fit; shorten it to ${max} characters.`,
      ),
    )
    .regex(NAME, expects(rule));
}

export const EnvironmentName = name("an environment name", 8).meta({
  id: "EnvironmentName",
  description: "Name of an environment: one foundation and its pipelines.",
  examples: ["local", "prod"],
});

export const TenantName = name("a tenant name", 16)
  .brand("TenantName")
  .meta({ id: "TenantName", description: "Owner of pipelines.", examples: ["acme"] });
export type TenantName = z.output<typeof TenantName>;

export const PipelineName = name("a pipeline name", 24)
  .brand("PipelineName")
  .meta({
    id: "PipelineName",
    description: "Name of a pipeline, unique for its tenant.",
    examples: ["exports"],
  });
export type PipelineName = z.output<typeof PipelineName>;

export const TargetName = name("a target name", 16).meta({
  id: "TargetName",
  description:
    "Name of a target, unique in its pipeline; the ledger and the SAS parameter carry it.",
  examples: ["azure"],
});

const BUCKET_RULE =
  "an S3 bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, starting and ending with a letter or digit, not an IP address";

/** S3's rules for general purpose buckets, without the reserved prefixes and suffixes. */
export const BucketName = z
  .string(expects(BUCKET_RULE))
  .regex(
    /^(?!xn--|sthree-|amzn-s3-demo-)(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    expects(BUCKET_RULE, "Give the bucket's name alone, not its ARN or URL."),
  )
  .meta({ id: "BucketName", description: "Name of an S3 bucket.", examples: ["acme-exports"] });

const CONTAINER_RULE =
  "an Azure container name: 3 to 63 lower-case letters, digits and single hyphens, starting and ending with a letter or digit";

export const ContainerName = z
  .string(expects(CONTAINER_RULE))
  .min(3, expects(CONTAINER_RULE))
  .max(63, expects(CONTAINER_RULE))
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, expects(CONTAINER_RULE))
  .meta({
    id: "ContainerName",
    description: "Name of a container in an Azure storage account.",
    examples: ["landing"],
  });

const ACCOUNT_RULE = "an Azure storage account name: 3 to 24 lower-case letters and digits";

export const StorageAccountName = z
  .string(expects(ACCOUNT_RULE))
  .regex(/^[a-z0-9]{3,24}$/, expects(ACCOUNT_RULE))
  .meta({
    id: "StorageAccountName",
    description: "Name of an Azure storage account.",
    examples: ["acmelanding"],
  });

const REGION_RULE = 'an AWS region such as "eu-west-1"';

export const AwsRegion = z
  .string(expects(REGION_RULE))
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, expects(REGION_RULE))
  .meta({ id: "AwsRegion", description: "An AWS region.", examples: ["eu-west-1"] });

const PREFIX_RULE = "a key prefix of at most 512 characters without *, ?, $ or control characters";

/**
 * A prefix of S3 keys. `*`, `?` and `$` have a meaning of their own in IAM resources and in notification
 * filters, where a prefix must mean exactly itself; a filter's globs are the place for patterns.
 */
export const KeyPrefix = z
  .string(expects(PREFIX_RULE))
  .regex(
    /^[^*?$\u0000-\u001f\u007f]{0,512}$/,
    expects(PREFIX_RULE, "Patterns belong into filter.include and filter.exclude."),
  )
  .meta({
    id: "KeyPrefix",
    description: "Only keys that start with it.",
    examples: ["exports/2026/"],
  });

const BLOB_PREFIX_RULE =
  'a name prefix of at most 256 characters without backslash or control characters, not starting with "/", with no part that ends in "."';

/** A prefix of blob names. Azure drops dots and slashes at the end of a path part, so such names would not come back. */
export const BlobPrefix = z
  .string(expects(BLOB_PREFIX_RULE))
  .regex(
    /^(?!\/)(?!.*\.\/)(?!.*\.$)(?!.*\/\/)[^\\\u0000-\u001f\u007f]{0,256}$/,
    expects(BLOB_PREFIX_RULE),
  )
  .meta({
    id: "BlobPrefix",
    description: "Put before every name at the target.",
    examples: ["landing/"],
  });
