import type * as pulumi from "@pulumi/pulumi";
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Cluster } from "@pulumi/aws/ecs/cluster.js";

/** The cluster, with the metrics by which workers are scaled. */
export function cluster(name: string, logRetentionDays: number, parent: pulumi.Resource): Cluster {
  // Made before ECS makes it by itself: then it would keep its logs for ever.
  const insights = new LogGroup(
    `${name}-insights`,
    { name: `/aws/ecs/containerinsights/${name}/performance`, retentionInDays: logRetentionDays },
    { parent },
  );
  return new Cluster(
    name,
    { name, settings: [{ name: "containerInsights", value: "enabled" }] },
    { parent, dependsOn: insights },
  );
}
