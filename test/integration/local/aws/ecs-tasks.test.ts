import assert from "node:assert/strict";
import { StopTaskCommand } from "@aws-sdk/client-ecs";
import { AttachRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { startOf } from "../../../../local/aws/ecs/process.ts";
import { until } from "../../../support/until.ts";
import { EcsBench, NETWORK, role } from "./ecs-fixture.ts";
import { clients, NAT_ADDRESS } from "./fixture.ts";

describe("local ECS: tasks", () => {
  let bench: EcsBench;
  before(async () => {
    bench = await EcsBench.start();
  });
  after(() => bench.aws.close());

  it("gives a task its environment, its secrets and its way out, and nothing of ours", async () => {
    process.env["NOT_FOR_TASKS"] = "1";
    await bench.cloud.ssm.send(
      new PutParameterCommand({ Name: "/app/token", Value: "t0p", Type: "SecureString" }),
    );
    await bench.cloud.iam.send(
      new AttachRolePolicyCommand({
        RoleName: "execution",
        PolicyArn: "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess",
      }),
    );
    const arn = await bench.run(
      await bench.register("env", {
        command: ["env"],
        environment: [
          { name: "TARGET", value: "http://azure/container" },
          { name: "QUEUE", value: `${bench.aws.endpoint}/123456789012/q` },
        ],
        secrets: [{ name: "TOKEN", valueFrom: "/app/token" }],
      }),
    );
    const task = await bench.when(arn, "STOPPED");
    assert.equal(task.containers?.[0]?.exitCode, 0);
    assert.equal(task.stopCode, "EssentialContainerExited");
    const { env } = (await bench.said((line) => "env" in line)) as { env: Record<string, string> };
    assert.equal(env["TARGET"], `http://${NAT_ADDRESS}/container`);
    assert.equal(env["TOKEN"], "t0p");
    assert.equal(env["AWS_REGION"], "eu-west-1");
    assert.notEqual(env["AWS_ENDPOINT_URL"], bench.aws.endpoint);
    assert.equal(env["QUEUE"], `${env["AWS_ENDPOINT_URL"] ?? ""}/123456789012/q`);
    assert.equal(env["NOT_FOR_TASKS"], undefined);
  });

  it("gives a task its role's credentials, which end with the task", async () => {
    const arn = await bench.run(await bench.register("creds", { command: ["credentials"] }));
    await bench.when(arn, "STOPPED");
    const { credentials } = (await bench.said((line) => "credentials" in line)) as {
      credentials: Record<string, string>;
    };
    assert.match(credentials["AccessKeyId"] ?? "", /^ASIA/);
    const after = clients(bench.aws, {
      accessKeyId: credentials["AccessKeyId"]!,
      secretAccessKey: credentials["SecretAccessKey"]!,
      sessionToken: credentials["Token"]!,
    });
    await assert.rejects(after.sts.send(new GetCallerIdentityCommand({})), {
      name: "InvalidClientTokenId",
    });
  });

  it("sends SIGTERM, and SIGKILL to the whole group when stopTimeout is over", async () => {
    const polite = await bench.run(await bench.register("polite", { command: ["serve"] }));
    const deaf = await bench.run(
      await bench.register("deaf", { command: ["deaf"], stopTimeout: 1 }),
    );
    const family = await bench.run(await bench.register("family", { command: ["parent"] }));
    await Promise.all([polite, deaf, family].map((arn) => bench.when(arn, "RUNNING")));
    const { child } = (await bench.said((line) => "child" in line)) as { child: number };
    for (const task of [polite, deaf, family])
      await bench.cloud.ecs.send(new StopTaskCommand({ cluster: "c", task, reason: "enough" }));
    assert.equal((await bench.when(polite, "STOPPED")).containers?.[0]?.exitCode, 0);
    const killed = await bench.when(deaf, "STOPPED");
    assert.equal(killed.containers?.[0]?.exitCode, 137);
    assert.equal(killed.stoppedReason, "enough");
    assert.equal(killed.stopCode, "UserInitiated");
    await bench.when(family, "STOPPED");
    assert.equal(startOf(child), undefined);
  });

  it("says why a task could not start", async () => {
    const reasons: [string, RegExp][] = [];
    const stopped = async (definition: string, network = NETWORK) =>
      (await bench.when(await bench.run(definition, network), "STOPPED")).stoppedReason ?? "";
    reasons.push([
      await stopped(await bench.register("no-image", { image: "nowhere:1" })),
      /^CannotPullContainerError: .*nowhere:1: not found/,
    ]);
    reasons.push([
      await stopped(
        await bench.register("no-secret", { secrets: [{ name: "A", valueFrom: "/gone" }] }),
      ),
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*invalid parameters: \/gone/,
    ]);
    reasons.push([
      await stopped(await bench.register("no-trust", {}, { taskRoleArn: role("nobody") })),
      /^ECS was unable to assume the role 'arn:aws:iam::123456789012:role\/nobody'/,
    ]);
    reasons.push([
      await stopped(await bench.register("no-way", { command: ["exit"] }), {
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
        await bench.register("no-logs", { logConfiguration: { logDriver: "awslogs", options } }),
      ),
      /^ResourceInitializationError: failed to validate logger args: .*ResourceNotFoundException/,
    ]);
    for (const [reason, wanted] of reasons) assert.match(reason, wanted);
  });

  it("refuses what Fargate refuses, and names what it does not have", async () => {
    await assert.rejects(bench.register("odd", {}, { memory: "300" }), {
      name: "ClientException",
      message: /No Fargate configuration exists/,
    });
    await assert.rejects(
      bench.register("odd", { dependsOn: [{ containerName: "x", condition: "START" }] }),
      {
        message: /does not support containerDefinitions\[main\]\.dependsOn/,
      },
    );
    await assert.rejects(bench.run("nothing"), { message: /Unable to describe task definition/ });
  });

  it("calls a task healthy as soon as its health check passes", async () => {
    const taskDefinition = await bench.register("checked", {
      command: ["serve"],
      healthCheck: { command: ["CMD", "node", "-e", "process.exit(0)"], interval: 30 },
    });
    const arn = await bench.run(taskDefinition);
    assert.equal((await bench.when(arn, "RUNNING")).healthStatus, "UNKNOWN");
    await until(
      "a healthy task",
      async () => ((await bench.lookAt(arn)).healthStatus === "HEALTHY" ? true : undefined),
      { seconds: 5, everyMs: 30 },
    );
    await bench.cloud.ecs.send(new StopTaskCommand({ cluster: "c", task: arn }));
    await bench.when(arn, "STOPPED");
  });
});
