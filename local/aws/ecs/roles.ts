import type { Decision, Principal } from "../contract.ts";
import type { Identity } from "../identity/identity.ts";
import type { Role } from "../identity/rows.ts";
import { StartFailure } from "./failure.ts";

const ECS_TASKS: Principal = { kind: "service", arn: "ecs-tasks.amazonaws.com", accountId: "" };

/** A role as a task holds it: its principal, and what that may do. */
export interface TaskRole {
  readonly role: Role;
  readonly principal: Principal;
  may(action: string, resource: string): Decision;
}

export interface TaskIdentity {
  readonly taskArn: string;
  readonly taskId: string;
  /** Where the task's requests come from. */
  readonly sourceAddress: string;
}

/**
 * Assumes a role for a task as ECS does.
 * @throws StartFailure when there is no such role, or it does not trust ECS for this task.
 */
export function assumeForTask(identity: Identity, roleArn: string, task: TaskIdentity): TaskRole {
  const role = identity.roleByArn(roleArn);
  const context = {
    "aws:SourceAccount": identity.accountId,
    "aws:SourceArn": task.taskArn,
    "aws:SecureTransport": "true",
  };
  if (role === undefined || !identity.mayAssume(role, ECS_TASKS, context).allowed)
    throw new StartFailure(
      `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    );
  const principal = identity.sessionPrincipal(role, task.taskId);
  return {
    role,
    principal,
    may: (action, resource) =>
      identity.decide({
        principal,
        action,
        resource,
        resourceAccount: identity.accountId,
        context: { "aws:SourceIp": task.sourceAddress, "aws:SecureTransport": "true" },
      }),
  };
}
