import type { Cloud } from "../cloud.ts";
import { policy, type PolicyDocument } from "./policy-document.ts";

/** Who may take a schedule's role: EventBridge Scheduler, for schedules of this account and region (the confused deputy). */
export function schedulerTrust(cloud: Cloud): PolicyDocument {
  const { partition, region, accountId } = cloud;
  return policy({
    Sid: "Schedules",
    Effect: "Allow",
    Principal: { Service: "scheduler.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: {
        "aws:SourceAccount": accountId,
        // A schedule names its group as its source.
        "aws:SourceArn": `arn:${partition}:scheduler:${region}:${accountId}:schedule-group/default`,
      },
    },
  });
}
