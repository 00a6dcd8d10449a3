import type * as pulumi from "@pulumi/pulumi";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import type { Vpc } from "@pulumi/awsx/ec2/vpc.js";
import { policy, type PolicyDocument } from "../aws/policy-document.ts";
import type { Cloud } from "../cloud.ts";
import { ownBuckets } from "../names.ts";

export interface S3EndpointArgs {
  readonly vpc: Vpc;
  readonly cloud: Cloud;
  readonly environment: string;
  /** Existing buckets that pipelines may read. */
  readonly sourceBuckets: readonly string[];
}

/** The way to S3 that costs nothing per byte, and leads to the environment's buckets only. */
export function s3Endpoint(
  name: string,
  args: S3EndpointArgs,
  parent: pulumi.Resource,
): VpcEndpoint {
  return new VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: args.vpc.vpcId,
      serviceName: `com.amazonaws.${args.cloud.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: args.vpc.routeTables.apply((tables) => tables.map((table) => table.id)),
      policy: JSON.stringify(s3EndpointPolicy(args.environment, args.sourceBuckets, args.cloud)),
      tags: { Name: `${name}-s3` },
    },
    { parent },
  );
}

/**
 * What may pass the endpoint: an endpoint policy grants nothing by itself, it bounds what roles grant.
 * A wildcard cannot tell whose buckets it matches, so the account is a condition where one is used.
 */
export function s3EndpointPolicy(
  environment: string,
  sourceBuckets: readonly string[],
  cloud: Cloud,
): PolicyDocument {
  const arn = (bucket: string) => `arn:${cloud.partition}:s3:::${bucket}`;
  const both = (bucket: string) => [arn(bucket), `${arn(bucket)}/*`];
  const own = {
    Sid: "OwnBuckets",
    Effect: "Allow",
    Principal: "*",
    Action: [...READ, "s3:PutObject", "s3:DeleteObject"],
    Resource: both(ownBuckets(environment)),
    Condition: { StringEquals: { "aws:ResourceAccount": cloud.accountId } },
  } as const;
  const sources = {
    Sid: "SourceBuckets",
    Effect: "Allow",
    Principal: "*",
    Action: READ,
    Resource: sourceBuckets.flatMap(both),
  } as const;
  // ECR hands out image layers from a bucket of AWS's own; without it no task starts.
  const layers = {
    Sid: "ImageLayers",
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: `${arn(`prod-${cloud.region}-starport-layer-bucket`)}/*`,
  } as const;
  return sourceBuckets.length === 0 ? policy(own, layers) : policy(own, sources, layers);
}

const READ = [
  "s3:GetObject",
  "s3:GetObjectVersion",
  "s3:GetObjectTagging",
  "s3:GetObjectVersionTagging",
  "s3:ListBucket",
];
