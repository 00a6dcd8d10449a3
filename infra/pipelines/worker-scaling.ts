import * as pulumi from "@pulumi/pulumi";
import { Policy } from "@pulumi/aws/appautoscaling/policy.js";
import { Target } from "@pulumi/aws/appautoscaling/target.js";
import type { Service } from "@pulumi/aws/ecs/service.js";
import { pipelineName, type Owner } from "../names.ts";

export interface WorkerScalingArgs {
  readonly owner: Owner;
  readonly clusterName: pulumi.Input<string>;
  readonly service: Service;
  readonly queueName: pulumi.Input<string>;
  readonly workers: { readonly min: number; readonly max: number };
}

/** Messages that may wait for each worker: about half a minute of small objects. */
const BACKLOG_PER_WORKER = 500;
const OUT_COOLDOWN_SECONDS = 60;
const IN_COOLDOWN_SECONDS = 300;

/** Scales workers so that each has the same backlog, whatever arrives. */
export function workerScaling(args: WorkerScalingArgs, parent: pulumi.Resource): Policy {
  const name = pipelineName(args.owner);
  const target = new Target(
    name,
    {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: pulumi.interpolate`service/${args.clusterName}/${args.service.name}`,
      minCapacity: args.workers.min,
      maxCapacity: args.workers.max,
    },
    { parent },
  );
  return new Policy(
    name,
    {
      name: "backlog-per-worker",
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: BACKLOG_PER_WORKER,
        scaleOutCooldown: OUT_COOLDOWN_SECONDS,
        scaleInCooldown: IN_COOLDOWN_SECONDS,
        customizedMetricSpecification: {
          metrics: backlogPerWorker(args.queueName, args.clusterName, args.service.name),
        },
      },
    },
    { parent },
  );
}

/** Backlog per worker by metric math; with no worker the backlog itself, so that a fleet at rest wakes up. */
export function backlogPerWorker(
  queueName: pulumi.Input<string>,
  clusterName: pulumi.Input<string>,
  serviceName: pulumi.Input<string>,
) {
  return [
    {
      id: "backlog",
      label: "Messages that wait",
      metricStat: {
        metric: {
          namespace: "AWS/SQS",
          metricName: "ApproximateNumberOfMessagesVisible",
          dimensions: [{ name: "QueueName", value: queueName }],
        },
        stat: "Average",
      },
      returnData: false,
    },
    {
      id: "workers",
      label: "Workers that run",
      metricStat: {
        metric: {
          namespace: "ECS/ContainerInsights",
          metricName: "RunningTaskCount",
          dimensions: [
            { name: "ClusterName", value: clusterName },
            { name: "ServiceName", value: serviceName },
          ],
        },
        stat: "Average",
      },
      returnData: false,
    },
    {
      id: "backlog_per_worker",
      label: "Backlog per worker",
      expression: "IF(FILL(workers, 0) > 0, backlog / workers, backlog)",
      returnData: true,
    },
  ];
}
