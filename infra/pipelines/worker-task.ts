import * as pulumi from "@pulumi/pulumi";
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { TaskDefinition } from "@pulumi/aws/ecs/taskDefinition.js";
import type { CopyJobInput } from "../../runtime/job.ts";
import { CPU_ARCHITECTURE } from "../aws/worker-image.ts";
import type { Foundation } from "../foundation-outputs.ts";
import { logGroupName, pipelineName, type Owner } from "../names.ts";
import { TEMPORARY_VOLUME, workerContainer } from "./worker-container.ts";
import type { WorkerRole } from "./worker-role.ts";

export interface WorkerTaskArgs {
  readonly owner: Owner;
  readonly foundation: Foundation;
  readonly job: pulumi.Output<CopyJobInput>;
  readonly role: WorkerRole;
}

export interface WorkerTask {
  readonly definition: TaskDefinition;
  readonly logGroup: pulumi.Output<string>;
}

/** Half a vCPU: what the job's default limits are made for (runtime/job.ts). */
const SIZE = { cpu: "512", memory: "1024" };

export function workerTask(args: WorkerTaskArgs, parent: pulumi.Resource): WorkerTask {
  const { owner, foundation } = args;
  const name = pipelineName(owner);
  const logs = new LogGroup(
    name,
    { name: logGroupName(owner), retentionInDays: foundation.logRetentionDays },
    { parent },
  );
  const containers = pulumi
    .all([foundation.imageUri, args.job, logs.name])
    .apply(([image, job, logGroup]) =>
      JSON.stringify([workerContainer({ image, job, logGroup, region: foundation.region })]),
    );
  const definition = new TaskDefinition(
    name,
    {
      family: name,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      ...SIZE,
      runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: CPU_ARCHITECTURE },
      executionRoleArn: foundation.executionRoleArn,
      taskRoleArn: args.role.arn,
      containerDefinitions: containers,
      volumes: [{ name: TEMPORARY_VOLUME }],
    },
    { parent },
  );
  return { definition, logGroup: logs.name };
}
