import type { Cloud } from "../cloud.ts";
import { policy, type PolicyDocument } from "./policy-document.ts";

/** Who may take a task's role: ECS, for tasks of this account and region and no other (the confused deputy). */
export function taskTrust(cloud: Cloud): PolicyDocument {
  return policy({
    Sid: "Tasks",
    Effect: "Allow",
    Principal: { Service: "ecs-tasks.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: {
      StringEquals: { "aws:SourceAccount": cloud.accountId },
      ArnLike: {
        "aws:SourceArn": `arn:${cloud.partition}:ecs:${cloud.region}:${cloud.accountId}:*`,
      },
    },
  });
}
