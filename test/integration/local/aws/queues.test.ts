import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
} from "@aws-sdk/client-sqs";
import type { LocalAws } from "../../../../local/aws/aws.ts";
import { BucketEvents } from "../../../../local/aws/bucket-events.ts";
import { until } from "../../../support/until.ts";
import { clients, startAws } from "./fixture.ts";

describe("local SQS and SNS", () => {
  let aws: LocalAws;
  let cloud: ReturnType<typeof clients>;
  before(async () => {
    aws = await startAws();
    cloud = clients(aws);
  });
  after(() => aws.close());

  const arn = (name: string) => `arn:aws:sqs:eu-west-1:123456789012:${name}`;
  const create = async (QueueName: string, Attributes: Record<string, string> = {}) => {
    const { QueueUrl } = await cloud.sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return QueueUrl!;
  };
  const receive = async (QueueUrl: string, more: object = {}) => {
    const { Messages = [] } = await cloud.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["All"], ...more }),
    );
    return Messages;
  };

  it("names queues by the gateway's address and the account", async () => {
    const url = await create("named");
    assert.equal(url, `${aws.endpoint}/123456789012/named`);
    const found = await cloud.sqs.send(new GetQueueUrlCommand({ QueueName: "named" }));
    assert.equal(found.QueueUrl, url);
    await assert.rejects(cloud.sqs.send(new GetQueueUrlCommand({ QueueName: "none" })), {
      name: "QueueDoesNotExist",
    });
  });

  it("wakes a long poll as soon as a message comes", async () => {
    const QueueUrl = await create("polled");
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await sleep(100);
    const sent = performance.now();
    await cloud.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "now" }));
    const [message] = await waiting;
    const ms = performance.now() - sent;
    assert.equal(message?.Body, "now");
    assert.ok(ms < 500, `Expected the message within 500 ms, got ${ms}.`);
  });

  it("gives nothing to a poller that has hung up", async () => {
    const QueueUrl = await create("deserted");
    const left = new AbortController();
    const gone = cloud.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: left.signal,
    });
    await sleep(100);
    left.abort();
    await assert.rejects(gone);
    await sleep(50);
    await cloud.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "kept" }));
    assert.equal((await receive(QueueUrl))[0]?.Body, "kept");
  });

  it("moves a message to the dead-letter queue after maxReceiveCount, and back on request", async () => {
    const dead = await create("letters");
    const main = await create("letters-main", {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn("letters"), maxReceiveCount: 2 }),
      VisibilityTimeout: "0",
    });
    await cloud.sqs.send(new SendMessageCommand({ QueueUrl: main, MessageBody: "poison" }));
    assert.equal((await receive(main)).length, 1);
    assert.equal((await receive(main))[0]?.Attributes?.["ApproximateReceiveCount"], "2");
    assert.equal((await receive(main)).length, 0);
    const [message] = await receive(dead, { VisibilityTimeout: 0 });
    assert.equal(message?.Attributes?.["DeadLetterQueueSourceArn"], arn("letters-main"));
    await assert.rejects(
      cloud.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("letters-main") })),
      { message: /must be configured as a Dead Letter Queue/ },
    );
    await cloud.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arn("letters") }));
    const task = await until("the move", async () => {
      const { Results } = await cloud.sqs.send(
        new ListMessageMoveTasksCommand({ SourceArn: arn("letters") }),
      );
      return Results?.[0]?.Status === "RUNNING" ? undefined : Results?.[0];
    });
    assert.equal(task.Status, "COMPLETED");
    assert.equal(task.ApproximateNumberOfMessagesMoved, 1);
    assert.equal((await receive(main))[0]?.Body, "poison");
  });

  it("refuses redrive to a queue that is not there, or that does not let it", async () => {
    const policy = (target: string) =>
      JSON.stringify({ deadLetterTargetArn: arn(target), maxReceiveCount: 1 });
    await assert.rejects(create("lost", { RedrivePolicy: policy("nowhere") }), {
      message: /Dead letter target does not exist/,
    });
    await create("picky", {
      RedriveAllowPolicy: JSON.stringify({
        redrivePermission: "byQueue",
        sourceQueueArns: [arn("friend")],
      }),
    });
    await assert.rejects(create("stranger", { RedrivePolicy: policy("picky") }), {
      message: /does not allow/,
    });
    await create("friend", { RedrivePolicy: policy("picky") });
  });

  it("keeps messages, receive counts and returned messages over tagging and a restart", async () => {
    const home = mkdtempSync(join(tmpdir(), "sqs-restart-"));
    const first = await startAws({ home });
    const { sqs } = clients(first);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "kept" }));
    for (const MessageBody of ["a", "b", "c"])
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 3, VisibilityTimeout: 600 }),
    );
    const [a, b] = Messages!;
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: a!.ReceiptHandle }));
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl,
        ReceiptHandle: b!.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { tenant: "acme" } }));
    await first.close();
    const second = await startAws({ home });
    const depth = second.queues.depth("kept");
    assert.deepEqual([depth?.visible, depth?.inFlight], [1, 1]);
    const [again] = (
      await clients(second).sqs.send(
        new ReceiveMessageCommand({ QueueUrl: QueueUrl!, MessageSystemAttributeNames: ["All"] }),
      )
    ).Messages!;
    assert.equal(again?.Body, "b");
    assert.equal(again.Attributes?.["ApproximateReceiveCount"], "2");
    await second.close();
    rmSync(home, { recursive: true });
  });

  it("lets S3 send only what the queue's policy lets it send", async () => {
    const QueueUrl = await create("events");
    const events = new BucketEvents(aws);
    assert.equal(events.maySend(arn("events"), "b"), false);
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { Service: "s3.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: arn("events"),
        Condition: {
          ArnEquals: { "aws:SourceArn": "arn:aws:s3:::b" },
          StringEquals: { "aws:SourceAccount": "123456789012" },
        },
      },
    });
    await cloud.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
    assert.equal(events.maySend(arn("events"), "b"), true);
    assert.equal(events.maySend(arn("events"), "c"), false);
    events.deliver({ destinationArn: arn("events"), bucket: "b", event: "{}" });
    events.deliver({ destinationArn: arn("events"), bucket: "c", event: "{}" });
    const { Attributes } = await cloud.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["ApproximateNumberOfMessages"] }),
    );
    assert.equal(Attributes?.["ApproximateNumberOfMessages"], "1");
  });

  it("fans a topic out to the queues that let it", async () => {
    const { TopicArn } = await cloud.sns.send(new CreateTopicCommand({ Name: "t" }));
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: "*",
        Condition: { ArnEquals: { "aws:SourceArn": TopicArn } },
      },
    });
    const open = await create("open", { Policy });
    const shut = await create("shut");
    for (const Endpoint of [arn("open"), arn("shut")])
      await cloud.sns.send(
        new SubscribeCommand({
          TopicArn,
          Protocol: "sqs",
          Endpoint,
          Attributes: { RawMessageDelivery: "true" },
        }),
      );
    await cloud.sns.send(new PublishCommand({ TopicArn, Message: "news" }));
    assert.equal((await receive(open))[0]?.Body, "news");
    assert.equal((await receive(shut)).length, 0);
  });

  it("denies plain http when the queue's policy does", async () => {
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: arn("tls"),
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    });
    const QueueUrl = await create("tls", { Policy });
    const plain = await aws.listen({ sourceAddress: "198.51.100.10", secure: false });
    const { SQSClient } = await import("@aws-sdk/client-sqs");
    const client = new SQSClient({
      endpoint: plain.url,
      region: aws.region,
      credentials: { ...aws.adminCredentials },
    });
    await assert.rejects(client.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" })), {
      name: "AccessDenied",
      message: /with an explicit deny in a resource-based policy/,
    });
    await cloud.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x" }));
  });
});
