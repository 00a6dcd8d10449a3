import * as pulumi from "@pulumi/pulumi";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import type { Cloud } from "../cloud.ts";
import { logGroupPrefix, repositoryName } from "../names.ts";
import { policy, type PolicyDocument } from "./policy-document.ts";
import { taskTrust } from "./task-trust.ts";

/**
 * What ECS itself needs to start a task: the image, and somewhere to write its output. No container ever holds
 * its credentials, so one role serves every pipeline of the environment.
 */
export function executionRole(
  name: string,
  environment: string,
  cloud: Cloud,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const role = new Role(
    name,
    {
      name,
      assumeRolePolicy: JSON.stringify(taskTrust(cloud)),
      description: "Causeway: starts workers",
    },
    { parent },
  );
  const grants = new RolePolicy(
    name,
    {
      name: "start-workers",
      role: role.name,
      policy: JSON.stringify(executionPolicy(environment, cloud)),
    },
    { parent: role },
  );
  // Whoever uses the role waits until it may do something.
  return pulumi.all([role.arn, grants.id]).apply(([arn]) => arn);
}

export function executionPolicy(environment: string, cloud: Cloud): PolicyDocument {
  const account = `${cloud.region}:${cloud.accountId}`;
  return policy(
    {
      // The one action for which ECR knows no resource; it gives a token that opens nothing by itself.
      Sid: "Registry",
      Effect: "Allow",
      Action: "ecr:GetAuthorizationToken",
      Resource: "*",
    },
    {
      Sid: "Image",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
      ],
      Resource: `arn:${cloud.partition}:ecr:${account}:repository/${repositoryName(environment)}`,
    },
    {
      Sid: "Output",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: `arn:${cloud.partition}:logs:${account}:log-group:${logGroupPrefix(environment)}*:log-stream:*`,
    },
  );
}
