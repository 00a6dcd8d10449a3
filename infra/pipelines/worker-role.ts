import * as pulumi from "@pulumi/pulumi";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { taskTrust } from "../aws/task-trust.ts";
import type { Cloud } from "../cloud.ts";
import { pipelineName, type Owner } from "../names.ts";
import { workerPolicy, type WorkerReach } from "./worker-policy.ts";

export interface WorkerRoleArgs {
  readonly owner: Owner;
  readonly cloud: Cloud;
  readonly reach: { readonly [Key in keyof WorkerReach]: pulumi.Input<WorkerReach[Key]> };
}

export interface WorkerRole {
  readonly name: pulumi.Output<string>;
  readonly policyName: pulumi.Output<string>;
  /** Known once the role's policy is in place. */
  readonly arn: pulumi.Output<string>;
}

/** The identity that a pipeline's workers have in AWS: this tenant's, and of no use to another. */
export function workerRole(args: WorkerRoleArgs, parent: pulumi.Resource): WorkerRole {
  const name = pipelineName(args.owner, "worker");
  const role = new Role(
    name,
    {
      name,
      assumeRolePolicy: JSON.stringify(taskTrust(args.cloud)),
      description: `Causeway: workers of ${args.owner.tenant}/${args.owner.pipeline}`,
    },
    { parent },
  );
  const grants = new RolePolicy(
    name,
    {
      name: "worker",
      role: role.name,
      policy: pulumi.output(args.reach).apply((reach) => JSON.stringify(workerPolicy(reach))),
    },
    { parent: role },
  );
  return {
    name: role.name,
    policyName: grants.name,
    arn: pulumi.all([role.arn, grants.id]).apply(([arn]) => arn),
  };
}
