import type * as pulumi from "@pulumi/pulumi";
import { Service } from "@pulumi/aws/ecs/service.js";
import type { Foundation } from "../foundation-outputs.ts";
import { pipelineName, type Owner } from "../names.ts";
import type { WorkerTask } from "./worker-task.ts";

export interface WorkerServiceArgs {
  readonly owner: Owner;
  readonly foundation: Foundation;
  readonly task: WorkerTask;
  /** How many workers there are before anything scales them. */
  readonly workers: number;
}

/** The fleet: workers in the private subnets, replaced one by one, back to what ran before if new ones do not hold. */
export function workerService(args: WorkerServiceArgs, parent: pulumi.Resource): Service {
  const { owner, foundation, task } = args;
  const name = pipelineName(owner);
  return new Service(
    name,
    {
      name,
      cluster: foundation.clusterArn,
      taskDefinition: task.definition.arn,
      desiredCount: args.workers,
      launchType: "FARGATE",
      networkConfiguration: {
        subnets: foundation.privateSubnetIds,
        securityGroups: [foundation.workerSecurityGroupId],
        assignPublicIp: false,
      },
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      enableEcsManagedTags: true,
      propagateTags: "SERVICE",
      // An operation that says "succeeded" has workers that run.
      waitForSteadyState: true,
    },
    // Scaling changes the count all the time; it is the fleet's state, not the program's wish.
    { parent, ignoreChanges: ["desiredCount"] },
  );
}
