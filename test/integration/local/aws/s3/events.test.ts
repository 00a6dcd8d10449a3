import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import * as s3 from "@aws-sdk/client-s3";

import type { BucketNotification } from "../../../../../local/aws/s3/service.ts";
import { startTestServer } from "./listener.ts";
import type { TestServer } from "./listener.ts";

const Bucket = "events";
const QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q";
const TOPIC = "arn:aws:sns:eu-west-1:123456789012:t";

interface Message {
  Event?: string;
  Records?: [
    { eventName: string; s3: { configurationId: string; object: Record<string, string | number> } },
  ];
}

describe("S3 event notifications", () => {
  let server: TestServer;
  let client: s3.S3Client;
  let failures = 0;

  before(async () => {
    server = await startTestServer({
      validateDestination: (destination) => !destination.endsWith(":forbidden"),
      notify: () => {
        failures -= 1;
        return failures >= 0 ? Promise.reject(new Error("the queue is away")) : Promise.resolve();
      },
    });
    client = server.client();
    await client.send(new s3.CreateBucketCommand({ Bucket }));
  });
  beforeEach(() => {
    server.notified.length = 0;
  });
  after(() => server.close());

  const configure = (QueueArn: string, TopicArn?: string) =>
    client.send(
      new s3.PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Id: "all",
              QueueArn,
              Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
              Filter: { Key: { FilterRules: [{ Name: "prefix", Value: "in/" }] } },
            },
          ],
          ...(TopicArn
            ? { TopicConfigurations: [{ TopicArn, Events: ["s3:ObjectTagging:*"] as s3.Event[] }] }
            : {}),
        },
      }),
    );
  const arrived = async (count: number) => {
    for (let waited = 0; server.notified.length < count && waited < 3000; waited += 10)
      await sleep(10);
    return server.notified.map(({ event }) => JSON.parse(event) as Message);
  };
  const put = (Key: string) => client.send(new s3.PutObjectCommand({ Bucket, Key, Body: "12345" }));

  it("are refused for destinations that S3 may not send to", async () => {
    await assert.rejects(configure(`${QUEUE}:forbidden`), {
      name: "InvalidArgument",
      message: "Unable to validate the following destination configurations",
    });
    const kept = await client.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }));
    assert.equal(kept.QueueConfigurations, undefined);
  });

  it("begin with a test event to every destination, and the configuration is returned as it was put", async () => {
    await configure(QUEUE, TOPIC);
    const messages = await arrived(2);
    assert.deepEqual(
      messages.map(({ Event }) => Event),
      ["s3:TestEvent", "s3:TestEvent"],
    );
    assert.deepEqual(
      server.notified.map(({ kind, destinationArn, bucket }) => [kind, destinationArn, bucket]),
      [
        ["sqs", QUEUE, Bucket],
        ["sns", TOPIC, Bucket],
      ],
    );
    const kept = await client.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }));
    assert.equal(kept.QueueConfigurations?.[0]?.Id, "all");
    assert.deepEqual(kept.QueueConfigurations[0].Filter?.Key?.FilterRules, [
      { Name: "prefix", Value: "in/" },
    ]);
  });

  it("tell of every way an object comes and goes, in an order that sequencers tell", async () => {
    await put("in/a b+ü.txt");
    await put("out/ignored");
    await client.send(
      new s3.CopyObjectCommand({ Bucket, Key: "in/copy", CopySource: `${Bucket}/out/ignored` }),
    );
    const begun = {
      Bucket,
      Key: "in/multi",
      UploadId: (
        await client.send(new s3.CreateMultipartUploadCommand({ Bucket, Key: "in/multi" }))
      ).UploadId!,
    };
    const { ETag } = await client.send(
      new s3.UploadPartCommand({ ...begun, PartNumber: 1, Body: "part" }),
    );
    await client.send(
      new s3.CompleteMultipartUploadCommand({
        ...begun,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: ETag! }] },
      }),
    );
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "in/copy" }));
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "in/never there" }));
    await client.send(
      new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }),
    );
    const { VersionId } = await client.send(
      new s3.DeleteObjectCommand({ Bucket, Key: "in/multi" }),
    );
    await client.send(
      new s3.DeleteObjectCommand({ Bucket, Key: "in/multi", VersionId: VersionId! }),
    );
    const records = (await arrived(6)).map(({ Records }) => Records![0]);
    const bySequencer = records.toSorted((a, b) =>
      a.s3.object["sequencer"]! < b.s3.object["sequencer"]! ? -1 : 1,
    );
    assert.deepEqual(
      bySequencer.map(({ eventName, s3: { object } }) => [
        eventName,
        object["key"],
        object["size"],
      ]),
      [
        ["ObjectCreated:Put", "in/a+b%2B%C3%BC.txt", 5],
        ["ObjectCreated:Copy", "in/copy", 5],
        ["ObjectCreated:CompleteMultipartUpload", "in/multi", 4],
        ["ObjectRemoved:Delete", "in/copy", undefined],
        ["ObjectRemoved:DeleteMarkerCreated", "in/multi", undefined],
        ["ObjectRemoved:Delete", "in/multi", undefined],
      ],
    );
    assert.equal(bySequencer[4]?.s3.object["versionId"], VersionId);
    assert.equal(
      bySequencer[0]?.s3.object["versionId"],
      undefined,
      "the bucket had no versions then",
    );
  });

  it("come again when the destination was away", async () => {
    failures = 1;
    await put("in/again");
    const [message] = await arrived(1);
    assert.equal(message?.Records?.[0].s3.object["key"], "in/again");
  });

  it("are sent after the object is there", async () => {
    const seen: number[] = [];
    const other: TestServer = await startTestServer({
      notify: async (notification: BucketNotification) => {
        if (notification.event.includes("TestEvent")) return;
        const found = await other.client().send(new s3.HeadObjectCommand({ Bucket, Key: "in/k" }));
        seen.push(found.ContentLength ?? -1);
      },
    });
    try {
      const direct = other.client();
      await direct.send(new s3.CreateBucketCommand({ Bucket }));
      await direct.send(
        new s3.PutBucketNotificationConfigurationCommand({
          Bucket,
          NotificationConfiguration: {
            QueueConfigurations: [{ QueueArn: QUEUE, Events: ["s3:ObjectCreated:Put"] }],
          },
        }),
      );
      await direct.send(new s3.PutObjectCommand({ Bucket, Key: "in/k", Body: "123" }));
      for (let waited = 0; seen.length === 0 && waited < 2000; waited += 10) await sleep(10);
      assert.deepEqual(seen, [3]);
    } finally {
      await other.close();
    }
  });
});
