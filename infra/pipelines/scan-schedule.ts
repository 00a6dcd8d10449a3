import * as pulumi from "@pulumi/pulumi";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { Schedule } from "@pulumi/aws/scheduler/schedule.js";
import { policy } from "../aws/policy-document.ts";
import { schedulerTrust } from "../aws/scheduler-trust.ts";
import type { Cloud } from "../cloud.ts";
import { pipelineName, type Owner } from "../names.ts";

export interface ScanScheduleArgs {
  readonly owner: Owner;
  readonly cloud: Cloud;
  /** `rate(...)` or `cron(...)`, UTC. */
  readonly schedule: string;
  readonly queueArn: pulumi.Input<string>;
}

/** The message that makes a worker begin a scan; EventBridge Scheduler puts the time and its own id in. */
export const SCAN_MESSAGE = JSON.stringify({
  causeway: "scan",
  id: "<aws.scheduler.execution-id>",
  at: "<aws.scheduler.scheduled-time>",
});

/** Asks the workers for a scan at its times: repairs what hints have missed. */
export function scanSchedule(args: ScanScheduleArgs, parent: pulumi.Resource): Schedule {
  const { owner, cloud, schedule, queueArn } = args;
  const name = pipelineName(owner, "scan");
  const role = new Role(
    name,
    {
      name,
      assumeRolePolicy: JSON.stringify(schedulerTrust(cloud)),
      description: `Causeway: scans of ${owner.tenant}/${owner.pipeline}`,
    },
    { parent },
  );
  const grant = new RolePolicy(
    name,
    {
      name: "scan",
      role: role.name,
      policy: pulumi.output(queueArn).apply((arn) => JSON.stringify(askForScans(arn))),
    },
    { parent: role },
  );
  return new Schedule(
    name,
    {
      name,
      description: `Scans of ${owner.tenant}/${owner.pipeline}`,
      flexibleTimeWindow: { mode: "OFF" },
      scheduleExpression: schedule,
      scheduleExpressionTimezone: "UTC",
      // The role is of use once it may send.
      target: {
        arn: queueArn,
        roleArn: pulumi.all([role.arn, grant.id]).apply(([arn]) => arn),
        input: SCAN_MESSAGE,
      },
    },
    { parent },
  );
}

function askForScans(queueArn: string) {
  return policy({
    Sid: "AskForScans",
    Effect: "Allow",
    Action: "sqs:SendMessage",
    Resource: queueArn,
  });
}
