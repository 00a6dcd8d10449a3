import assert from "node:assert/strict";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
  type ContainerDefinition,
  type RegisterTaskDefinitionCommandInput,
  type Task,
} from "@aws-sdk/client-ecs";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { AttachRolePolicyCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { LocalAws } from "../../../../local/aws/aws.ts";
import { startOf } from "../../../../local/aws/ecs/process.ts";
import { until } from "../../../support/until.ts";
import { clients, IMAGE, linesIn, NAT_ADDRESS, startAws } from "./fixture.ts";

const GROUP = "/tasks";
const NETWORK = { awsvpcConfiguration: { subnets: ["private-a"], securityGroups: ["sg-1"] } };
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Principal: { Service: "ecs-tasks.amazonaws.com" },
    Action: "sts:AssumeRole",
    Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
  },
});

describe("local ECS", () => {
  let aws: LocalAws;
  let cloud: ReturnType<typeof clients>;
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

  before(async () => {
    aws = await startAws();
    cloud = clients(aws);
    await cloud.ecs.send(new CreateClusterCommand({ clusterName: "c" }));
    await cloud.logs.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
    for (const RoleName of ["execution", "worker"])
      await cloud.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: TRUST }));
    const PolicyArn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    await cloud.iam.send(new AttachRolePolicyCommand({ RoleName: "execution", PolicyArn }));
  });
  after(() => aws.close());

  async function register(
    family: string,
    container: Partial<ContainerDefinition>,
    task: Partial<RegisterTaskDefinitionCommandInput> = {},
  ): Promise<string> {
    const definition: ContainerDefinition = {
      name: "main",
      image: IMAGE,
      stopTimeout: 2,
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": GROUP,
          "awslogs-region": "eu-west-1",
          "awslogs-stream-prefix": family,
        },
      },
      ...container,
    };
    const { taskDefinition } = await cloud.ecs.send(
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

  async function run(taskDefinition: string, networkConfiguration = NETWORK): Promise<string> {
    const { tasks } = await cloud.ecs.send(
      new RunTaskCommand({
        cluster: "c",
        taskDefinition,
        launchType: "FARGATE",
        networkConfiguration,
      }),
    );
    return tasks![0]!.taskArn!;
  }

  async function lookAt(arn: string): Promise<Task> {
    const { tasks } = await cloud.ecs.send(
      new DescribeTasksCommand({ cluster: "c", tasks: [arn] }),
    );
    return tasks![0]!;
  }

  const when = (arn: string, status: string) =>
    until(
      `${arn} to be ${status}`,
      async () => {
        const task = await lookAt(arn);
        return task.lastStatus === status ? task : undefined;
      },
      { seconds: 10, everyMs: 30 },
    );

  const runningIn = async (serviceName: string): Promise<Task[]> => {
    const { taskArns } = await cloud.ecs.send(new ListTasksCommand({ cluster: "c", serviceName }));
    const all = await Promise.all((taskArns ?? []).map(lookAt));
    return all.filter((task) => task.lastStatus === "RUNNING");
  };

  const said = async (test: (line: Record<string, unknown>) => boolean) =>
    until("a line", async () => (await linesIn(aws, GROUP)).find(test), {
      seconds: 5,
      everyMs: 30,
    });

  it("gives a task its environment, its secrets and its way out, and nothing of ours", async () => {
    process.env["NOT_FOR_TASKS"] = "1";
    await cloud.ssm.send(
      new PutParameterCommand({ Name: "/app/token", Value: "t0p", Type: "SecureString" }),
    );
    await cloud.iam.send(
      new AttachRolePolicyCommand({
        RoleName: "execution",
        PolicyArn: "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess",
      }),
    );
    const arn = await run(
      await register("env", {
        command: ["env"],
        environment: [
          { name: "TARGET", value: "http://azure/container" },
          { name: "QUEUE", value: `${aws.endpoint}/123456789012/q` },
        ],
        secrets: [{ name: "TOKEN", valueFrom: "/app/token" }],
      }),
    );
    const task = await when(arn, "STOPPED");
    assert.equal(task.containers?.[0]?.exitCode, 0);
    assert.equal(task.stopCode, "EssentialContainerExited");
    const { env } = (await said((line) => "env" in line)) as { env: Record<string, string> };
    assert.equal(env["TARGET"], `http://${NAT_ADDRESS}/container`);
    assert.equal(env["TOKEN"], "t0p");
    assert.equal(env["AWS_REGION"], "eu-west-1");
    assert.notEqual(env["AWS_ENDPOINT_URL"], aws.endpoint);
    assert.equal(env["QUEUE"], `${env["AWS_ENDPOINT_URL"] ?? ""}/123456789012/q`);
    assert.equal(env["NOT_FOR_TASKS"], undefined);
  });

  it("gives a task its role's credentials, which end with the task", async () => {
    const arn = await run(await register("creds", { command: ["credentials"] }));
    await when(arn, "STOPPED");
    const { credentials } = (await said((line) => "credentials" in line)) as {
      credentials: Record<string, string>;
    };
    assert.match(credentials["AccessKeyId"] ?? "", /^ASIA/);
    const after = clients(aws, {
      accessKeyId: credentials["AccessKeyId"]!,
      secretAccessKey: credentials["SecretAccessKey"]!,
      sessionToken: credentials["Token"]!,
    });
    await assert.rejects(after.sts.send(new GetCallerIdentityCommand({})), {
      name: "InvalidClientTokenId",
    });
  });

  it("sends SIGTERM, and SIGKILL to the whole group when stopTimeout is over", async () => {
    const polite = await run(await register("polite", { command: ["serve"] }));
    const deaf = await run(await register("deaf", { command: ["deaf"], stopTimeout: 1 }));
    const family = await run(await register("family", { command: ["parent"] }));
    await Promise.all([polite, deaf, family].map((arn) => when(arn, "RUNNING")));
    const { child } = (await said((line) => "child" in line)) as { child: number };
    for (const task of [polite, deaf, family])
      await cloud.ecs.send(new StopTaskCommand({ cluster: "c", task, reason: "enough" }));
    assert.equal((await when(polite, "STOPPED")).containers?.[0]?.exitCode, 0);
    const killed = await when(deaf, "STOPPED");
    assert.equal(killed.containers?.[0]?.exitCode, 137);
    assert.equal(killed.stoppedReason, "enough");
    assert.equal(killed.stopCode, "UserInitiated");
    await when(family, "STOPPED");
    assert.equal(startOf(child), undefined);
  });

  it("says why a task could not start", async () => {
    const reasons: [string, RegExp][] = [];
    const stopped = async (definition: string, network = NETWORK) =>
      (await when(await run(definition, network), "STOPPED")).stoppedReason ?? "";
    reasons.push([
      await stopped(await register("no-image", { image: "nowhere:1" })),
      /^CannotPullContainerError: .*nowhere:1: not found/,
    ]);
    reasons.push([
      await stopped(await register("no-secret", { secrets: [{ name: "A", valueFrom: "/gone" }] })),
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*invalid parameters: \/gone/,
    ]);
    reasons.push([
      await stopped(await register("no-trust", {}, { taskRoleArn: role("nobody") })),
      /^ECS was unable to assume the role 'arn:aws:iam::123456789012:role\/nobody'/,
    ]);
    reasons.push([
      await stopped(await register("no-way", { command: ["exit"] }), {
        awsvpcConfiguration: { subnets: ["isolated"], securityGroups: [] },
      }),
      /^ResourceInitializationError: .*isolated has no route to the internet/,
    ]);
    const options = {
      "awslogs-group": "/none",
      "awslogs-region": "x",
      "awslogs-stream-prefix": "x",
    };
    reasons.push([
      await stopped(
        await register("no-logs", { logConfiguration: { logDriver: "awslogs", options } }),
      ),
      /^ResourceInitializationError: failed to validate logger args: .*ResourceNotFoundException/,
    ]);
    for (const [reason, wanted] of reasons) assert.match(reason, wanted);
  });

  it("refuses what Fargate refuses, and names what it does not have", async () => {
    await assert.rejects(register("odd", {}, { memory: "300" }), {
      name: "ClientException",
      message: /No Fargate configuration exists/,
    });
    await assert.rejects(
      register("odd", { dependsOn: [{ containerName: "x", condition: "START" }] }),
      {
        message: /does not support containerDefinitions\[main\]\.dependsOn/,
      },
    );
    await assert.rejects(run("nothing"), { message: /Unable to describe task definition/ });
  });

  it("brings back a task that was killed, rolls without a gap, and leaves nothing when deleted", async () => {
    const first = await register("web", {
      command: ["serve"],
      environment: [{ name: "VERSION", value: "1" }],
    });
    await cloud.ecs.send(
      new CreateServiceCommand({
        cluster: "c",
        serviceName: "web",
        taskDefinition: first,
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: NETWORK,
        deploymentConfiguration: {
          minimumHealthyPercent: 100,
          maximumPercent: 200,
          deploymentCircuitBreaker: { enable: true, rollback: true },
        },
      }),
    );
    const steady = () =>
      until(
        "a steady state",
        async () => {
          const { services } = await cloud.ecs.send(
            new DescribeServicesCommand({ cluster: "c", services: ["web"] }),
          );
          const [service] = services ?? [];
          const done = service?.deployments?.every((one) => one.rolloutState === "COMPLETED");
          return done === true && service?.runningCount === 1 ? service : undefined;
        },
        { seconds: 10, everyMs: 30 },
      );
    await steady();
    const { pid } = (await said((line) => line["version"] === "1")) as { pid: number };
    process.kill(pid, "SIGKILL");
    const again = (await said((line) => line["version"] === "1" && line["pid"] !== pid)) as {
      pid: number;
    };
    assert.ok(again.pid !== pid);
    const failed = await steady();
    assert.match(
      failed.events?.map((event) => event.message).join("\n") ?? "",
      /main exited with 137/,
    );

    const second = await register("web", {
      command: ["serve"],
      environment: [{ name: "VERSION", value: "2" }],
    });
    await cloud.ecs.send(
      new UpdateServiceCommand({ cluster: "c", service: "web", taskDefinition: second }),
    );
    let fewest = Infinity;
    await until(
      "the new version alone",
      async () => {
        const tasks = await runningIn("web");
        fewest = Math.min(fewest, tasks.length);
        return tasks.length === 1 && tasks[0]?.taskDefinitionArn === second ? true : undefined;
      },
      { seconds: 10, everyMs: 5 },
    );
    assert.ok(fewest >= 1, `Expected at least one running task at all times, got ${fewest}.`);
    await steady();

    await assert.rejects(
      cloud.ecs.send(new DeleteServiceCommand({ cluster: "c", service: "web" })),
      { message: /scaled above 0/ },
    );
    await cloud.ecs.send(new DeleteServiceCommand({ cluster: "c", service: "web", force: true }));
    await until("no task", async () => ((await runningIn("web")).length === 0 ? true : undefined), {
      seconds: 10,
    });
  });

  it("rolls back when the new tasks do not hold", async () => {
    const good = await register("fragile", { command: ["serve"] });
    const bad = await register("fragile", { image: "nowhere:2" });
    await cloud.ecs.send(
      new CreateServiceCommand({
        cluster: "c",
        serviceName: "fragile",
        taskDefinition: good,
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: NETWORK,
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      }),
    );
    const service = async () => {
      const { services } = await cloud.ecs.send(
        new DescribeServicesCommand({ cluster: "c", services: ["fragile"] }),
      );
      return services![0]!;
    };
    const completed = (definition: string) => async () => {
      const found = await service();
      const [primary] = found.deployments ?? [];
      return found.deployments?.length === 1 &&
        primary?.rolloutState === "COMPLETED" &&
        primary.taskDefinition === definition
        ? found
        : undefined;
    };
    await until("the good version", completed(good), { seconds: 10, everyMs: 30 });
    await cloud.ecs.send(
      new UpdateServiceCommand({ cluster: "c", service: "fragile", taskDefinition: bad }),
    );
    await until("the bad version to be tried", async () =>
      (await service()).taskDefinition === bad ? true : undefined,
    );
    const back = await until("the good version again", completed(good), {
      seconds: 15,
      everyMs: 50,
    });
    const events = back.events?.map((event) => event.message).join("\n") ?? "";
    assert.match(events, /deployment failed: tasks failed to start/);
    assert.match(events, /rolling back to deployment/);
  });
});
