import type {
  ContainerDefinition,
  RegisterTaskDefinitionCommandInput,
  Task,
} from "@aws-sdk/client-ecs";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AttachRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import type { LocalAws } from "../../../../local/aws/aws.ts";
import { until } from "../../../support/until.ts";
import { clients, IMAGE, linesIn, startAws } from "./fixture.ts";

export const GROUP = "/tasks";
export const NETWORK = {
  awsvpcConfiguration: { subnets: ["private-a"], securityGroups: ["sg-1"] },
};
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Principal: { Service: "ecs-tasks.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
  },
});

export const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

/** A local AWS with the cluster `c`, a log group, and the roles `execution` and `worker`. */
export class EcsBench {
  readonly aws: LocalAws;
  readonly cloud: ReturnType<typeof clients>;

  private constructor(aws: LocalAws) {
    this.aws = aws;
    this.cloud = clients(aws);
  }

  static async start(): Promise<EcsBench> {
    const bench = new EcsBench(await startAws());
    const { ecs, logs, iam } = bench.cloud;
    await ecs.send(new CreateClusterCommand({ clusterName: "c" }));
    await logs.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
    for (const RoleName of ["execution", "worker"])
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }));
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    await iam.send(new AttachRolePolicyCommand({ RoleName: "execution", PolicyArn }));
    return bench;
  }

  /** Registers a task of one container that runs the fixture's image. @returns its ARN */
  async register(
    family: string,
    container: Partial<ContainerDefinition>,
    task: Partial<RegisterTaskDefinitionCommandInput> = {},
  ): Promise<string> {
    const options = {
      "awslogs-group": GROUP,
      "awslogs-region": "eu-west-1",
      "awslogs-stream-prefix": family,
    };
    const definition: ContainerDefinition = {
      name: "main",
      image: IMAGE,
      stopTimeout: 2,
      logConfiguration: { logDriver: "awslogs", options },
      ...container,
    };
    const { taskDefinition } = await this.cloud.ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "256",
        memory: "512",
        executionRoleArn: role("execution"),
        taskRoleArn: role("worker"),
        containerDefinitions: [definition],
        ...task,
      }),
    );
    return taskDefinition!.taskDefinitionArn!;
  }

  async run(taskDefinition: string, networkConfiguration = NETWORK): Promise<string> {
    const { tasks } = await this.cloud.ecs.send(
      new RunTaskCommand({
        cluster: "c",
        taskDefinition,
        launchType: "FARGATE",
        networkConfiguration,
      }),
    );
    return tasks![0]!.taskArn!;
  }

  async lookAt(arn: string): Promise<Task> {
    const { tasks } = await this.cloud.ecs.send(
      new DescribeTasksCommand({ cluster: "c", tasks: [arn] }),
    );
    return tasks![0]!;
  }

  when(arn: string, status: string): Promise<Task> {
    const look = async () => {
      const task = await this.lookAt(arn);
      return task.lastStatus === status ? task : undefined;
    };
    return until(`${arn} to be ${status}`, look, { seconds: 10, everyMs: 30 });
  }

  async runningIn(serviceName: string): Promise<Task[]> {
    const { taskArns } = await this.cloud.ecs.send(
      new ListTasksCommand({ cluster: "c", serviceName }),
    );
    const all = await Promise.all((taskArns ?? []).map((arn) => this.lookAt(arn)));
    return all.filter((task) => task.lastStatus === "RUNNING");
  }

  /** A line of a task's output, as soon as there is one like it. */
  said(test: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    const look = async () => (await linesIn(this.aws, GROUP)).find(test);
    return until("a line", look, { seconds: 5, everyMs: 30 });
  }
}
