import assert from "node:assert/strict";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { schedulerTrust } from "../../../../infra/aws/scheduler-trust.ts";
import type { LocalAws } from "../../../../local/aws/aws.ts";
import { clients, startAws } from "./fixture.ts";

const ACCOUNT = "123456789012";
const REGION = "eu-west-1";
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:hints`;
const trust = schedulerTrust({ partition: "aws", region: REGION, accountId: ACCOUNT });

describe("local EventBridge Scheduler", () => {
  let aws: LocalAws;
  let cloud: ReturnType<typeof clients>;
  let queueUrl = "";
  /** Half a minute before the hour, ahead of the clock that the schedules are made by. */
  let now = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 3_600_000 - 30_000);
  const logged: string[] = [];

  before(async () => {
    aws = await startAws({ onLog: (line) => logged.push(line) });
    cloud = clients(aws);
    const made = await cloud.sqs.send(new CreateQueueCommand({ QueueName: "hints" }));
    queueUrl = made.QueueUrl ?? "";
  });
  after(() => aws.close());

  const role = async (RoleName: string, document: object, mayDo?: string) => {
    const made = await cloud.iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(document) }),
    );
    if (mayDo !== undefined) {
      const Statement = { Effect: "Allow", Action: mayDo, Resource: QUEUE };
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
      await cloud.iam.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: "send", PolicyDocument }),
      );
    }
    return made.Role?.Arn ?? "";
  };
  const schedule = (name: string, roleArn: string, expression = "rate(1 minute)") =>
    aws.scheduler.put({
      name,
      group: "default",
      expression,
      state: "ENABLED",
      targetArn: QUEUE,
      roleArn,
      input: '{"id":"<aws.scheduler.execution-id>","at":"<aws.scheduler.scheduled-time>"}',
    });
  const received = async () => {
    const { Messages = [] } = await cloud.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
    );
    return Messages.map(({ Body }) => JSON.parse(Body ?? "") as { id: string; at: string });
  };
  /** Time passes: what strikes in it has struck. */
  const pass = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
    aws.scheduler.evaluate(now);
  };

  it("sends its input at its time, with the time and an id of its own", async () => {
    schedule("hourly", await role("sends", trust, "sqs:SendMessage"), "cron(0 * * * ? *)");
    pass(0);
    await received();
    pass(20);
    assert.deepEqual(await received(), []);
    pass(15);
    const [message, ...more] = await received();
    assert.match(message?.at ?? "", /^\d{4}-\d\d-\d\dT\d\d:00:00Z$/);
    assert.match(message?.id ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual(more, []);
    aws.scheduler.delete("hourly");
  });

  it("refuses a role that it may not assume, a schedule that is none and a target that is no queue", async () => {
    const other = { ...trust, Statement: [{ ...trust.Statement[0], Principal: { Service: "x" } }] };
    const roleArn = await role("of-another", other, "sqs:SendMessage");
    assert.throws(() => schedule("wrong", roleArn), /must allow AWS EventBridge Scheduler/);
    const good = await role("good", trust, "sqs:SendMessage");
    assert.throws(() => schedule("wrong", good, "daily"), /Invalid Schedule Expression/);
    assert.throws(() =>
      aws.scheduler.put({ ...schedule("ok", good), targetArn: "arn:aws:sns:::t" }),
    );
    aws.scheduler.delete("ok");
  });

  it("sends nothing as a role that may not send, and says so", async () => {
    schedule("mute", await role("may-not", trust));
    pass(120);
    assert.deepEqual(await received(), []);
    assert.match(
      logged.join("\n"),
      /mute cannot send .*not authorized to perform: sqs:SendMessage/,
    );
    aws.scheduler.delete("mute");
  });

  it("sends nothing while it is disabled", async () => {
    const made = schedule("off", await role("off", trust, "sqs:SendMessage"));
    aws.scheduler.put({ ...made, state: "DISABLED" });
    pass(120);
    assert.deepEqual(await received(), []);
  });
});
