import assert from "node:assert/strict";
import { IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { DeleteBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import { SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as aws from "@pulumi/aws";
import * as storage from "@pulumi/azure-native/storage/index.js";
import * as resources from "@pulumi/azure-native/resources/index.js";
import * as pulumi from "@pulumi/pulumi";
import { LocalAws } from "../../../../local/aws/aws.ts";
import { Network } from "../../../../local/aws/network/network.ts";
import { LocalAzure } from "../../../../local/azure/azure.ts";
import { startProviders, type RunningProviders } from "../../../../local/providers/start.ts";
import { changes, engine, engineDeadline, failure, TestStack, type Step } from "./engine.ts";

const secretText = "sv=2015-04-05&sig=very-secret";

function statement(action: string, resource: pulumi.Input<string>) {
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: resource }],
  };
}

const trust = {
  Version: "2012-10-17" as const,
  Statement: [
    {
      Effect: "Allow" as const,
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
};

/** A resource that nothing checks before the provider does. */
class Untyped extends pulumi.CustomResource {}

/** Something of every service that acts, told in as few resources as will do. */
function everything(knobs: { queueName: string }) {
  return async () => {
    const team = new aws.Provider("team", {
      region: "eu-west-1",
      defaultTags: { tags: { team: "data" } },
    });
    const bucket = new aws.s3.Bucket("Source", { forceDestroy: true, tags: { a: "1" } });
    new aws.s3.BucketVersioning("versioned", {
      bucket: bucket.bucket,
      versioningConfiguration: { status: "Enabled" },
    });
    new aws.s3.BucketLifecycleConfiguration("aging", {
      bucket: bucket.bucket,
      rules: [
        {
          id: "old",
          status: "Enabled",
          filter: { prefix: "" },
          noncurrentVersionExpiration: { noncurrentDays: 30 },
        },
      ],
    });
    new aws.s3.BucketPolicy("tls", {
      bucket: bucket.bucket,
      policy: bucket.arn.apply((arn) =>
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Deny",
              Principal: "*",
              Action: "s3:*",
              Resource: [arn, `${arn}/*`],
              Condition: { Bool: { "aws:SecureTransport": "false" } },
            },
          ],
        }),
      ),
    });
    const queue = new aws.sqs.Queue(
      "hints",
      { name: knobs.queueName, visibilityTimeoutSeconds: 60 },
      { provider: team },
    );
    const admitted = new aws.sqs.QueuePolicy("admit", {
      queueUrl: queue.url,
      policy: pulumi.all([queue.arn, bucket.arn]).apply(([arn, source]) =>
        JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "s3.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: arn,
              Condition: { ArnEquals: { "aws:SourceArn": source } },
            },
          ],
        }),
      ),
    });
    const events = new aws.s3.BucketNotification(
      "events",
      { bucket: bucket.bucket, queues: [{ queueArn: queue.arn, events: ["s3:ObjectCreated:*"] }] },
      { dependsOn: admitted },
    );
    const role = new aws.iam.Role("worker", {
      assumeRolePolicy: trust,
    });
    const reads = new aws.iam.RolePolicy("reads", {
      role: role.name,
      policy: bucket.arn.apply((arn) => JSON.stringify(statement("s3:GetObject", `${arn}/*`))),
    });
    const parameter = new aws.ssm.Parameter("sas", {
      name: "/test/sas",
      type: "SecureString",
      value: pulumi.secret(secretText),
    });
    const reportsTo = aws.s3.getBucketNotificationOutput(
      { bucket: bucket.bucket },
      { dependsOn: events },
    );
    new aws.cloudwatch.LogGroup("log", { name: "/test/log", retentionInDays: 7 });
    const group = new resources.ResourceGroup("landing", { location: "westeurope" });
    const account = new storage.StorageAccount("landing", {
      resourceGroupName: group.name,
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      networkRuleSet: {
        defaultAction: "Deny",
        bypass: "None",
        ipRules: [{ iPAddressOrRange: "203.0.113.7" }],
      },
    });
    const container = new storage.BlobContainer("exports", {
      resourceGroupName: group.name,
      accountName: account.name,
    });
    return Promise.resolve({
      bucket: bucket.bucket,
      queueUrl: queue.url,
      role: role.name,
      policy: reads.name,
      parameterVersion: parameter.version,
      group: group.name,
      account: account.name,
      container: container.name,
      location: account.location,
      reportsTo: reportsTo.queues.apply((queues) => queues.map((one) => one.queueArn)),
    });
  };
}

describe("Resources that act on the local clouds, driven by the real engine", () => {
  let local: LocalAws;
  let azure: LocalAzure;
  let providers: RunningProviders;
  const network = new Network();
  const stacks: TestStack[] = [];

  const stackOf = async (program: () => Promise<Record<string, unknown>>): Promise<TestStack> => {
    const stack = await TestStack.create(program, providers.debugProviders);
    stacks.push(stack);
    return stack;
  };

  before(async function () {
    this.timeout(engineDeadline);
    await engine();
    local = await LocalAws.start({
      port: 0,
      network,
      images: { resolve: () => Promise.resolve(undefined) },
      translate: (_egress, value) => value,
    });
    azure = await LocalAzure.start({ port: 0 });
    const images = { build: (url: string) => Promise.resolve({ imageUri: url }) };
    providers = await startProviders({ aws: local, azure, network, images });
  });

  after(async () => {
    await Promise.all(stacks.map((stack) => stack.remove()));
    await providers.close();
    await local.close();
    await azure.close();
  });

  it("are created, left alone, seen to drift, mended, replaced and destroyed", async () => {
    const knobs = { queueName: "hints" };
    const stack = await stackOf(everything(knobs));
    const { outputs } = await stack.up();
    assert.match(outputs["bucket"] as string, /^source-[0-9a-f]{7}$/);
    assert.equal(outputs["queueUrl"], `${local.endpoint}/123456789012/hints`);
    assert.equal(outputs["parameterVersion"], 1);
    assert.equal(outputs["location"], "westeurope");
    assert.deepEqual(outputs["reportsTo"], ["arn:aws:sqs:eu-west-1:123456789012:hints"]);
    assert.match(outputs["account"] as string, /^landing[0-9a-f]{8}$/);
    const state = await stack.stateText();
    assert.ok(!state.includes("very-secret"), "the secret is in the state in the clear");
    // Two configurations of one provider are served side by side, each with its own default tags.
    assert.deepEqual(teamTagged(state), ["aws:sqs/queue:Queue"]);

    assert.deepEqual(changes(await stack.preview()), []);
    assert.deepEqual(changes(await stack.refresh()), []);

    await drift(outputs);
    const seen = changes(await stack.refresh());
    assert.deepEqual(summary(seen), {
      "delete aws:s3/bucketPolicy:BucketPolicy": [],
      "update aws:iam/rolePolicy:RolePolicy": ["policy"],
      "update aws:sqs/queue:Queue": ["visibilityTimeoutSeconds"],
      "update azure-native:storage:StorageAccount": ["networkRuleSet.ipRules[1]"],
    });

    const { steps } = await stack.up();
    assert.deepEqual(summary(changes(steps)), {
      "create aws:s3/bucketPolicy:BucketPolicy": [],
      "update aws:iam/rolePolicy:RolePolicy": ["policy"],
      "update aws:sqs/queue:Queue": ["visibilityTimeoutSeconds"],
      "update azure-native:storage:StorageAccount": ["networkRuleSet.ipRules[1]"],
    });
    const account = await azure.arm.getStorageAccount(
      outputs["group"] as string,
      outputs["account"] as string,
    );
    assert.deepEqual(
      account.networkRuleSet.ipRules.map((rule) => rule.iPAddressOrRange),
      ["203.0.113.7"],
    );

    knobs.queueName = "other-hints";
    const replaced = changes(await stack.preview()).find(
      ({ type }) => type === "aws:sqs/queue:Queue",
    );
    assert.equal(replaced?.diff["name"], "update-replace");

    await stack.destroy();
    assert.deepEqual(await local.inventory(), []);
    assert.deepEqual(await azure.inventory(), []);
    assert.deepEqual(providers.inventory(), []);
  });

  it("fail with the cloud's own words, and with what was made before in the state", async () => {
    const stack = await stackOf(async () => {
      const role = new aws.iam.Role("r", {
        name: "taken",
        assumeRolePolicy: JSON.stringify(trust),
      });
      new aws.iam.RolePolicyAttachment("a", {
        role: role.name,
        policyArn: "arn:aws:iam::123456789012:policy/missing",
      });
      return Promise.resolve({});
    });
    const before = await local.inventory();
    const words = await failure(stack.up());
    assert.match(
      words,
      /creating aws:iam\/rolePolicyAttachment:RolePolicyAttachment: NoSuchEntity/,
    );
    assert.match(await stack.stateText(), /"taken"/);
    await stack.destroy();
    assert.deepEqual(await local.inventory(), before);
  });

  it("name a type that the embedded clouds do not have", async () => {
    const stack = await stackOf(async () => {
      new aws.dynamodb.Table("t", { attributes: [{ name: "id", type: "S" }], hashKey: "id" });
      return Promise.resolve({});
    });
    const words = await failure(stack.preview());
    assert.match(words, /aws:dynamodb\/table:Table is not in the embedded clouds yet/);
  });

  it("name an input that is missing and one that does not exist", async () => {
    const wrong = { subnetId: "subnet-1", connectivityTyp: "public" };
    const stack = await stackOf(async () => {
      new Untyped("aws:ec2/natGateway:NatGateway", "n", wrong);
      new Untyped("aws:ec2/subnet:Subnet", "s", { cidrBlock: "10.0.0.0/24" });
      return Promise.resolve({});
    });
    const words = await failure(stack.preview());
    assert.match(
      words,
      /"vpcId" is required|unknown key "connectivityTyp".*did you mean "connectivityType"/,
    );
  });

  /** What somebody with a console could do behind the engine's back. */
  async function drift(outputs: Record<string, unknown>): Promise<void> {
    const { endpoint, region, adminCredentials: credentials } = local;
    const [s3, iam, sqs] = [
      new S3Client({ endpoint, region, credentials, forcePathStyle: true }),
      new IAMClient({ endpoint, region, credentials }),
      new SQSClient({ endpoint, region, credentials }),
    ];
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: outputs["bucket"] as string }));
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: outputs["role"] as string,
        PolicyName: outputs["policy"] as string,
        PolicyDocument: JSON.stringify(statement("s3:*", "*")),
      }),
    );
    await sqs.send(
      new SetQueueAttributesCommand({
        QueueUrl: outputs["queueUrl"] as string,
        Attributes: { VisibilityTimeout: "5" },
      }),
    );
    const ipRules = [{ iPAddressOrRange: "203.0.113.7" }, { iPAddressOrRange: "8.8.8.8" }];
    await azure.arm.patchStorageAccount(outputs["group"] as string, outputs["account"] as string, {
      networkRuleSet: { defaultAction: "Deny", bypass: "None", ipRules },
    });
    for (const client of [s3, iam, sqs]) client.destroy();
  }
});

interface State {
  checkpoint: { latest: { resources: { type: string; outputs?: { tagsAll?: object } }[] } };
}

/** Types of the resources that carry the tag of the explicit provider. */
function teamTagged(state: string): string[] {
  const { resources } = (JSON.parse(state) as State).checkpoint.latest;
  return resources
    .filter(({ outputs }) => "team" in (outputs?.tagsAll ?? {}))
    .map(({ type }) => type);
}

function summary(steps: readonly Step[]): Record<string, string[]> {
  return Object.fromEntries(
    steps.map(({ op, type, diff }) => [`${op} ${type}`, Object.keys(diff).toSorted()]),
  );
}
