import type * as pulumi from "@pulumi/pulumi";
import type { Owner } from "./names.ts";

export type Tags = Readonly<Record<string, string>>;

export function foundationTags(environment: string): Tags {
  return { "causeway:environment": environment, "causeway:managed-by": "causeway" };
}

export function pipelineTags(owner: Owner): Tags {
  return {
    ...foundationTags(owner.environment),
    "causeway:tenant": owner.tenant,
    "causeway:pipeline": owner.pipeline,
  };
}

/** Types that have tags, of those that the program makes; a test holds every one of them to be here or known to have none. */
const TAGGED = new Set([
  "aws:appautoscaling/target:Target",
  "aws:cloudwatch/logGroup:LogGroup",
  "aws:cloudwatch/metricAlarm:MetricAlarm",
  "aws:ec2/eip:Eip",
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/vpcEndpoint:VpcEndpoint",
  "aws:ecs/cluster:Cluster",
  "aws:ecs/service:Service",
  "aws:ecs/taskDefinition:TaskDefinition",
  "aws:iam/role:Role",
  "aws:s3/bucket:Bucket",
  "aws:sns/topic:Topic",
  "aws:sqs/queue:Queue",
  "aws:ssm/parameter:Parameter",
  "awsx:ec2:Vpc",
  "awsx:ecr:Repository",
  "azure-native:resources:ResourceGroup",
  "azure-native:storage:StorageAccount",
]);

/** Puts tags on every child of a component that has tags; a resource's own win. */
export function tagged(tags: Tags): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    if (!TAGGED.has(type)) return undefined;
    const own = (props as { tags?: pulumi.Input<Record<string, pulumi.Input<string>>> }).tags;
    return {
      props: { ...(props as object), tags: { ...tags, ...(own as object | undefined) } },
      opts,
    };
  };
}
