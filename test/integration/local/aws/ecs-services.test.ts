import assert from "node:assert/strict";
import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { until } from "../../../support/until.ts";
import { EcsBench, NETWORK } from "./ecs-fixture.ts";

describe("local ECS: services", () => {
  let bench: EcsBench;
  before(async () => {
    bench = await EcsBench.start();
  });
  after(() => bench.aws.close());

  it("brings back a task that was killed, rolls without a gap, and leaves nothing when deleted", async () => {
    const first = await bench.register("web", {
      command: ["serve"],
      environment: [{ name: "VERSION", value: "1" }],
    });
    await bench.cloud.ecs.send(
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
          const { services } = await bench.cloud.ecs.send(
            new DescribeServicesCommand({ cluster: "c", services: ["web"] }),
          );
          const [service] = services ?? [];
          const done = service?.deployments?.every((one) => one.rolloutState === "COMPLETED");
          return done === true && service?.runningCount === 1 ? service : undefined;
        },
        { seconds: 10, everyMs: 30 },
      );
    await steady();
    const { pid } = (await bench.said((line) => line["version"] === "1")) as { pid: number };
    process.kill(pid, "SIGKILL");
    const again = (await bench.said((line) => line["version"] === "1" && line["pid"] !== pid)) as {
      pid: number;
    };
    assert.ok(again.pid !== pid);
    const failed = await steady();
    assert.match(
      failed.events?.map((event) => event.message).join("\n") ?? "",
      /main exited with 137/,
    );

    const second = await bench.register("web", {
      command: ["serve"],
      environment: [{ name: "VERSION", value: "2" }],
    });
    await bench.cloud.ecs.send(
      new UpdateServiceCommand({ cluster: "c", service: "web", taskDefinition: second }),
    );
    let fewest = Infinity;
    await until(
      "the new version alone",
      async () => {
        const tasks = await bench.runningIn("web");
        fewest = Math.min(fewest, tasks.length);
        return tasks.length === 1 && tasks[0]?.taskDefinitionArn === second ? true : undefined;
      },
      { seconds: 10, everyMs: 5 },
    );
    assert.ok(fewest >= 1, `Expected at least one running task at all times, got ${fewest}.`);
    await steady();

    await assert.rejects(
      bench.cloud.ecs.send(new DeleteServiceCommand({ cluster: "c", service: "web" })),
      { message: /scaled above 0/ },
    );
    await bench.cloud.ecs.send(
      new DeleteServiceCommand({ cluster: "c", service: "web", force: true }),
    );
    await until(
      "no task",
      async () => ((await bench.runningIn("web")).length === 0 ? true : undefined),
      {
        seconds: 10,
      },
    );
  });

  it("rolls back when the new tasks do not hold", async () => {
    const good = await bench.register("fragile", { command: ["serve"] });
    const bad = await bench.register("fragile", { image: "nowhere:2" });
    await bench.cloud.ecs.send(
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
      const { services } = await bench.cloud.ecs.send(
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
    await bench.cloud.ecs.send(
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

  it("runs as many tasks as the backlog asks for", async () => {
    const taskDefinition = await bench.register("scaled", { command: ["serve"] });
    await bench.cloud.ecs.send(
      new CreateServiceCommand({
        cluster: "c",
        serviceName: "scaled",
        taskDefinition,
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: NETWORK,
      }),
    );
    const queue = bench.aws.queues.create("backlog", {}, {});
    for (let n = 0; n < 25; n++) bench.aws.queues.enqueue(queue, "x");
    const metric = (namespace: string, metricName: string, dimensions: Record<string, string>) => ({
      stat: "Average",
      metric: {
        namespace,
        metricName,
        dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
      },
    });
    const resource = {
      serviceNamespace: "ecs",
      resourceId: "service/c/scaled",
      scalableDimension: "ecs:service:DesiredCount",
    } as const;
    bench.aws.scaling.putTarget({ ...resource, minCapacity: 1, maxCapacity: 3 });
    bench.aws.scaling.putPolicy({
      ...resource,
      policyName: "backlog",
      policyType: "TargetTrackingScaling",
      targetTracking: {
        targetValue: 10,
        scaleOutCooldown: 0,
        metrics: [
          {
            id: "waiting",
            metricStat: metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {
              QueueName: "backlog",
            }),
            returnData: false,
          },
          {
            id: "tasks",
            metricStat: metric("ECS/ContainerInsights", "RunningTaskCount", {
              ClusterName: "c",
              ServiceName: "scaled",
            }),
            returnData: false,
          },
          { id: "each", expression: "IF(FILL(tasks, 0) > 0, waiting / tasks, waiting)" },
        ],
      },
    });
    await until(
      "three tasks",
      async () => ((await bench.runningIn("scaled")).length === 3 ? true : undefined),
      { seconds: 10 },
    );
    await bench.cloud.ecs.send(
      new DeleteServiceCommand({ cluster: "c", service: "scaled", force: true }),
    );
  });
});
