import assert from "node:assert/strict";
import { deploy, pipeline, type Calls } from "./clouds.ts";

const STACK = "organization/causeway/foundation-dev";
const REFERRING = { environment: "dev", foundationStack: STACK, pipeline: pipeline() };

const EXISTING = pipeline({ source: { type: "s3", bucket: "acme-raw" } });
const SILENT = { eventbridge: false, queues: [], topics: [], lambdaFunctions: [] };

const notifications = (found: Readonly<Record<string, unknown>>): Calls => ({
  "aws:s3/getBucketNotification:getBucketNotification": () => ({
    bucket: "acme-raw",
    ...SILENT,
    ...found,
  }),
});
const allowing = {
  environment: "dev",
  foundation: { sourceBuckets: ["acme-raw"] },
  pipeline: EXISTING,
};

describe("The program", () => {
  it("builds in a pipeline's own stack nothing of the foundation that it refers to", async () => {
    const foundation = await deploy({ environment: "dev", foundation: {} });
    const apart = await deploy(REFERRING, { stacks: { [STACK]: foundation.outputs } });
    for (const type of [
      "awsx:ec2:Vpc",
      "aws:ecs/cluster:Cluster",
      "azure-native:storage:StorageAccount",
      "aws:ec2/eip:Eip",
    ]) {
      assert.equal(apart.all(type).length, 0, type);
    }
    const whole = await deploy({ environment: "dev", foundation: {}, pipeline: pipeline() });
    for (const [name, value] of Object.entries(apart.outputs))
      assert.deepEqual(value, whole.outputs[name], name);
    assert.equal(apart.outputs["vpcId"], undefined);
  });

  it("names what a foundation's outputs lack, instead of failing somewhere later with undefined", async () => {
    const { outputs } = await deploy({ environment: "dev", foundation: {} });
    const older = { ...outputs, imageUri: undefined, executionRoleArn: undefined };
    await assert.rejects(
      deploy(REFERRING, { stacks: { [STACK]: older } }),
      /The foundation stack organization\/causeway\/foundation-dev: lacks the outputs imageUri, executionRoleArn\. Run `pulumi up` on it/,
    );
  });

  it("refuses a foundation of another environment or region, whose names and endpoints would not fit", async () => {
    const { outputs } = await deploy({ environment: "dev", foundation: {} });
    await assert.rejects(
      deploy({ ...REFERRING, environment: "prod" }, { stacks: { [STACK]: outputs } }),
      /is of the environment dev, this stack of prod/,
    );
    await assert.rejects(
      deploy(REFERRING, { stacks: { [STACK]: { ...outputs, region: "us-east-1" } } }),
      /is of the region us-east-1, this stack of eu-west-1/,
    );
  });

  it("reads an existing bucket and changes nothing of it but its notifications", async () => {
    const deployed = await deploy(allowing, { calls: notifications({}) });
    const own = (type: string) =>
      deployed.all(type).filter(({ name }) => name.includes("acme--exports"));
    for (const type of ["Bucket", "BucketPolicy", "BucketVersioning", "BucketPublicAccessBlock"]) {
      assert.equal(
        own(`aws:s3/${type.charAt(0).toLowerCase()}${type.slice(1)}:${type}`).length,
        0,
        type,
      );
    }
    assert.equal(
      deployed.one("aws:s3/bucketNotification:BucketNotification").inputs["bucket"],
      "acme-raw",
    );
    assert.equal(deployed.outputs["sourceBucket"], "acme-raw");
  });

  it("refuses an existing bucket that the endpoint would not let past, before every object fails with AccessDenied", async () => {
    await assert.rejects(
      deploy({ environment: "dev", foundation: {}, pipeline: EXISTING }),
      /The source bucket acme-raw: is not among those that the foundation's S3 endpoint lets past: cw-dev--\*\. Add it to sourceBuckets/,
    );
  });

  for (const [whom, found, shown] of [
    [
      "another queue",
      { queues: [{ queueArn: "arn:aws:sqs:eu-west-1:1:theirs" }] },
      /arn:aws:sqs:eu-west-1:1:theirs/,
    ],
    [
      "a Lambda",
      { lambdaFunctions: [{ lambdaFunctionArn: "arn:aws:lambda:eu-west-1:1:function:f" }] },
      /function:f/,
    ],
    ["EventBridge", { eventbridge: true }, /EventBridge/],
  ] as const) {
    it(`refuses an existing bucket that reports to ${whom}, which would fall silent`, async () => {
      await assert.rejects(deploy(allowing, { calls: notifications(found) }), shown);
    });
  }

  it("takes its own notification for its own on the second `up`", async () => {
    const queues = [{ queueArn: "arn:aws:sqs:eu-west-1:123456789012:cw-dev--acme--exports" }];
    await deploy(allowing, { calls: notifications({ queues }) });
  });

  it("gives no two resources of a type one name, which the engine would refuse and mocks do not", async () => {
    const { resources } = await deploy({
      environment: "dev",
      foundation: { interfaceEndpoints: true },
      pipeline: pipeline({ notify: { emails: ["a@example.com", "b@example.com"] } }),
    });
    const ids = resources.map(({ type, name }) => `${type} ${name}`);
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    );
  });

  it("refuses a legal spec that it cannot build, by the place in it", async () => {
    const lambda = pipeline({ compute: "lambda" });
    await assert.rejects(
      deploy({ environment: "dev", foundation: {}, pipeline: lambda }),
      /acme\/exports: asks for what is not built yet:\n {2}\/compute: The spec is legal, but compute "lambda" is not available yet/,
    );
  });

  it("refuses a bucket of another region, whose events would not come", async () => {
    const elsewhere = pipeline({ source: { type: "s3", bucket: "acme-raw", region: "us-east-1" } });
    await assert.rejects(
      deploy({ ...allowing, pipeline: elsewhere }),
      /reads a bucket in us-east-1, but a bucket reports events/,
    );
  });

  it("says what is wrong with a config that was typed by hand", async () => {
    await assert.rejects(
      deploy(
        { environment: "dev" },
        { rawConfig: { "causeway:environment": "dev", "causeway:foundation": "{zones: 2" } },
      ),
      /causeway:foundation: Expected JSON/,
    );
  });

  it("fails a test that reaches for a type or a call that nobody mocked", async () => {
    await assert.rejects(deploy(allowing), /does not mock the call aws:s3\/getBucketNotification/);
  });
});
