import assert from "node:assert/strict";
import { deploy, pipeline } from "./clouds.ts";

describe("A pipeline with scans", () => {
  it("asks for scans at their times by a role that can do nothing else, and without events hears none", async () => {
    const scanned = await deploy({
      environment: "dev",
      foundation: {},
      pipeline: pipeline({
        targets: [{ type: "azure-blob", name: "landing" }],
        discover: { events: false, scan: { schedule: "cron(0 3 * * ? *)", using: "listing" } },
      }),
    });
    const queue = "arn:aws:sqs:eu-west-1:123456789012:cw-dev--acme--exports";
    const { inputs } = scanned.one("aws:scheduler/schedule:Schedule");
    assert.equal(inputs["scheduleExpression"], "cron(0 3 * * ? *)");
    const target = inputs["target"] as Record<string, string>;
    assert.equal(target["arn"], queue);
    assert.deepEqual(JSON.parse(target["input"] ?? ""), {
      causeway: "scan",
      id: "<aws.scheduler.execution-id>",
      at: "<aws.scheduler.scheduled-time>",
    });
    const role = scanned.one("aws:iam/rolePolicy:RolePolicy", "scan");
    assert.deepEqual(
      scanned.policy(role).Statement.map(({ Action, Resource }) => [Action, Resource]),
      [["sqs:SendMessage", queue]],
    );
    assert.equal(scanned.all("aws:s3/bucketNotification:BucketNotification").length, 0);
  });

  it("has no schedule unless its spec gives one", async () => {
    const plain = await deploy({ environment: "dev", foundation: {}, pipeline: pipeline() });
    assert.equal(plain.all("aws:scheduler/schedule:Schedule").length, 0);
  });
});
