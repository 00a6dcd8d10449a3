import assert from "node:assert/strict";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from "@aws-sdk/client-sqs";
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";
import type { LocalAws } from "../../../../local/aws/aws.ts";
import type { PolicyDocument } from "../../../../local/aws/contract.ts";
import { until } from "../../../support/until.ts";
import { clients, type Keys, startAws } from "./fixture.ts";

describe("local Parameter Store, Logs and bucket events", () => {
  let aws: LocalAws;
  let cloud: ReturnType<typeof clients>;
  before(async () => {
    aws = await startAws();
    cloud = clients(aws);
  });
  after(() => aws.close());

  async function userWith(UserName: string, ...Statement: object[]): Promise<Keys> {
    await cloud.iam.send(new CreateUserCommand({ UserName }));
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await cloud.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument }));
    const { AccessKey } = await cloud.iam.send(new CreateAccessKeyCommand({ UserName }));
    return { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  }

  it("gives a parameter to whom its ARN is allowed, and names the action to others", async () => {
    const Tags = [{ Key: "tenant", Value: "acme" }];
    await cloud.ssm.send(
      new PutParameterCommand({ Name: "/t/acme/sas", Value: "sv=1", Type: "SecureString", Tags }),
    );
    await cloud.ssm.send(new PutParameterCommand({ Name: "/t/other", Value: "x", Type: "String" }));
    const reader = clients(
      aws,
      await userWith("reader", {
        Effect: "Allow",
        Action: "ssm:GetParameter",
        Resource: "arn:aws:ssm:eu-west-1:123456789012:parameter/t/acme/*",
      }),
    );
    const get = (Name: string, WithDecryption = true) =>
      reader.ssm.send(new GetParameterCommand({ Name, WithDecryption }));
    assert.equal((await get("/t/acme/sas")).Parameter?.Value, "sv=1");
    assert.notEqual((await get("/t/acme/sas", false)).Parameter?.Value, "sv=1");
    await assert.rejects(get("/t/acme/none"), { name: "ParameterNotFound" });
    await assert.rejects(get("/t/other"), {
      name: "AccessDeniedException",
      message:
        /not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:eu-west-1:123456789012:parameter\/t\/other because no identity-based policy allows/,
    });
    const below = await cloud.ssm.send(
      new GetParametersByPathCommand({ Path: "/t", Recursive: true }),
    );
    assert.deepEqual(
      below.Parameters?.map(({ Name }) => Name),
      ["/t/acme/sas", "/t/other"],
    );
    const listed = await cloud.ssm.send(
      new DescribeParametersCommand({
        ParameterFilters: [{ Key: "Name", Values: ["/t/acme/sas"] }],
      }),
    );
    assert.equal(listed.Parameters?.[0]?.Type, "SecureString");
    const { TagList } = await cloud.ssm.send(
      new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: "/t/acme/sas" }),
    );
    assert.deepEqual(TagList, Tags);
  });

  it("keeps log events, pages through them and filters them", async () => {
    const logGroupName = "/causeway/acme";
    const { logs } = cloud;
    await logs.send(new CreateLogGroupCommand({ logGroupName, tags: { a: "b" } }));
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 14 }));
    await assert.rejects(
      logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 8 })),
      { name: "InvalidParameterException" },
    );
    const now = Date.now();
    for (const logStreamName of ["a", "b"]) {
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
      const logEvents = [0, 1, 2].map((n) => ({
        timestamp: now + n,
        message: JSON.stringify({ level: n === 1 ? 50 : 30, n, from: logStreamName }),
      }));
      await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    }
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await logs.send(
        new FilterLogEventsCommand({ logGroupName, startTime: now, limit: 4, nextToken }),
      );
      seen.push(...(page.events ?? []).map(({ eventId }) => eventId!));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    assert.equal(new Set(seen).size, 6);
    const errors = await logs.send(
      new FilterLogEventsCommand({
        logGroupName,
        filterPattern: '{ $.level = 50 && $.from = "b" }',
      }),
    );
    assert.deepEqual(
      errors.events?.map(({ logStreamName }) => logStreamName),
      ["b"],
    );
    const read = (token?: string) =>
      logs.send(
        new GetLogEventsCommand({
          logGroupName,
          logStreamName: "a",
          startFromHead: true,
          limit: 2,
          nextToken: token,
        }),
      );
    const first = await read();
    const second = await read(first.nextForwardToken);
    assert.deepEqual([first.events?.length, second.events?.length], [2, 1]);
    const end = await read(second.nextForwardToken);
    assert.equal(end.nextForwardToken, second.nextForwardToken);
    const groups = await logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: "/causeway/" }),
    );
    const [group] = groups.logGroups ?? [];
    assert.equal(group?.retentionInDays, 14);
    assert.equal(group.arn, `${aws.logs.arn(logGroupName)}:*`);
  });

  it("brings a bucket's event into the queue, but lets no bucket be pointed at a queue that refuses S3", async () => {
    const credentials = { ...aws.adminCredentials };
    const s3 = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials });
    const QueueArn = "arn:aws:sqs:eu-west-1:123456789012:landing";
    const { QueueUrl } = await cloud.sqs.send(new CreateQueueCommand({ QueueName: "landing" }));
    await s3.send(new CreateBucketCommand({ Bucket: "source" }));
    const notify = new PutBucketNotificationConfigurationCommand({
      Bucket: "source",
      NotificationConfiguration: {
        QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectCreated:*"] }],
      },
    });
    await assert.rejects(s3.send(notify), {
      name: "InvalidArgument",
      message: /Unable to validate the following destination configurations/,
    });
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { Service: "s3.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: QueueArn,
        Condition: { ArnEquals: { "aws:SourceArn": "arn:aws:s3:::source" } },
      },
    });
    await cloud.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    await s3.send(notify);
    await s3.send(new PutObjectCommand({ Bucket: "source", Key: "a b+c.csv", Body: "1,2" }));
    const bodies: string[] = [];
    await until("both messages", async () => {
      const { Messages = [] } = await cloud.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      );
      bodies.push(...Messages.map(({ Body }) => Body!));
      return bodies.length >= 2 ? true : undefined;
    });
    assert.match(bodies.join("\n"), /s3:TestEvent/);
    assert.match(bodies.join("\n"), /"key":"a\+b%2Bc\.csv"/);
    s3.destroy();
  });

  it("asks the policy of the VPC endpoint that a listener stands for", async () => {
    const policy: PolicyDocument = {
      Statement: {
        Effect: "Allow",
        Principal: "*",
        Action: "s3:*",
        Resource: ["arn:aws:s3:::inside", "arn:aws:s3:::inside/*"],
      },
    };
    const route = { sourceAddress: "203.0.113.7", secure: true, endpointPolicy: () => policy };
    const { url } = await aws.listen(route);
    const credentials = { ...aws.adminCredentials };
    const through = new S3Client({ endpoint: url, region: aws.region, credentials });
    const around = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials });
    await around.send(new CreateBucketCommand({ Bucket: "outside" }));
    await around.send(new PutObjectCommand({ Bucket: "outside", Key: "k", Body: "x" }));
    await through.send(new CreateBucketCommand({ Bucket: "inside" }));
    await through.send(new PutObjectCommand({ Bucket: "inside", Key: "k", Body: "x" }));
    await assert.rejects(through.send(new GetObjectCommand({ Bucket: "outside", Key: "k" })), {
      name: "AccessDenied",
      message: /because no VPC endpoint policy allows the s3:GetObject action/,
    });
    through.destroy();
    around.destroy();
  });
});
