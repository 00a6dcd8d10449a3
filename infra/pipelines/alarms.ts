import type * as pulumi from "@pulumi/pulumi";
import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { pipelineName, type Owner } from "../names.ts";
import type { EventQueue } from "./event-queue.ts";

export interface AlarmsArgs {
  readonly owner: Owner;
  readonly queue: EventQueue;
  /** How long the pipeline's hours keep hints waiting each day. */
  readonly closedSeconds: number;
  /** Who hears of it; alarms without a topic show in the console only. */
  readonly topicArns: readonly pulumi.Input<string>[];
}

/** Longer than any healthy wait, shorter than anyone's patience. */
const OLDEST_SECONDS = 900;

/** What tells that a pipeline is stuck: hints that were given up, and hints that nobody takes. */
export function alarms(args: AlarmsArgs, parent: pulumi.Resource): MetricAlarm[] {
  const { owner, queue, closedSeconds } = args;
  const oldest = closedSeconds + OLDEST_SECONDS;
  const actions = { alarmActions: [...args.topicArns], okActions: [...args.topicArns] };
  const whose = `${owner.tenant}/${owner.pipeline}`;
  const given = pipelineName(owner, "dead");
  const old = pipelineName(owner, "oldest");
  return [
    new MetricAlarm(
      given,
      {
        name: given,
        alarmDescription: `Causeway ${whose}: hints are in the dead-letter queue; their message attributes say why`,
        ...watch("ApproximateNumberOfMessagesVisible", queue.deadLetterName),
        comparisonOperator: "GreaterThanThreshold",
        threshold: 0,
        evaluationPeriods: 1,
        ...actions,
      },
      { parent },
    ),
    new MetricAlarm(
      old,
      {
        name: old,
        alarmDescription: `Causeway ${whose}: the oldest hint has waited for ${oldest / 60} minutes`,
        ...watch("ApproximateAgeOfOldestMessage", queue.name),
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        threshold: oldest,
        evaluationPeriods: 3,
        ...actions,
      },
      { parent },
    ),
  ];
}

function watch(metricName: string, queueName: pulumi.Input<string>) {
  return {
    namespace: "AWS/SQS",
    metricName,
    dimensions: { QueueName: queueName },
    statistic: "Maximum",
    period: 60,
    // A queue that has been empty for hours reports nothing, and that is well.
    treatMissingData: "notBreaching",
  };
}
