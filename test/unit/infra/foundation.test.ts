import assert from "node:assert/strict";
import type { StackSettingsInput } from "../../../infra/settings.ts";
import { deploy, type Deployed } from "./clouds.ts";

const WIDE = {
  zones: 3,
  interfaceEndpoints: true,
  sourceBuckets: ["acme-raw"],
  allowedAddresses: ["198.51.100.10"],
} satisfies StackSettingsInput["foundation"];

describe("The foundation", () => {
  let plain: Deployed;
  let wide: Deployed;
  before(async () => {
    plain = await deploy({ environment: "dev", foundation: {} });
    wide = await deploy({ environment: "dev", foundation: WIDE, data: "keep" });
  });

  it("has one NAT at an address of its own making (else the firewall could not depend on it)", () => {
    const vpc = plain.one("awsx:ec2:Vpc").inputs;
    assert.deepEqual(vpc["natGateways"], {
      strategy: "Single",
      elasticIpAllocationIds: ["eipalloc-1"],
    });
    assert.equal(plain.all("aws:ec2/eip:Eip").length, 1);
    assert.equal(vpc["numberOfAvailabilityZones"], 2);
    assert.equal(wide.one("awsx:ec2:Vpc").inputs["numberOfAvailabilityZones"], 3);
  });

  it("denies at the storage account all but the NAT's address and those that were given (rules under Allow restrict nothing)", () => {
    const rules = (deployed: Deployed) =>
      deployed.one("azure-native:storage:StorageAccount").inputs["networkRuleSet"];
    const allow = (address: string) => ({ action: "Allow", iPAddressOrRange: address });
    const closed = { defaultAction: "Deny", bypass: "None", virtualNetworkRules: [] };
    assert.deepEqual(rules(plain), { ...closed, ipRules: [allow("203.0.113.7")] });
    assert.deepEqual(rules(wide), {
      ...closed,
      ipRules: [allow("203.0.113.7"), allow("198.51.100.10")],
    });
  });

  it("has nothing public and nothing without TLS at the storage account", () => {
    const account = plain.one("azure-native:storage:StorageAccount").inputs;
    assert.equal(account["allowBlobPublicAccess"], false);
    assert.equal(account["enableHttpsTrafficOnly"], true);
    assert.equal(account["minimumTlsVersion"], "TLS1_2");
  });

  it("opens no security group to the world: workers take nothing in, endpoints only the workers' HTTPS", () => {
    for (const group of [...plain.all(GROUP), ...wide.all(GROUP)]) {
      for (const rule of group.inputs["ingress"] as Readonly<Record<string, unknown>>[]) {
        assert.equal(rule["cidrBlocks"], undefined, group.name);
        assert.deepEqual(rule["securityGroups"], ["sg-cw-dev--vpc-workers"]);
      }
    }
    assert.deepEqual(plain.one(GROUP).inputs["ingress"], []);
    const egress = plain.one(GROUP).inputs["egress"] as Readonly<Record<string, unknown>>[];
    assert.deepEqual(
      egress.map((rule) => [rule["protocol"], rule["fromPort"], rule["toPort"]]),
      [["tcp", 443, 443]],
    );
  });

  it("lets past its S3 endpoint its own account's buckets, the allowed ones for reading, and ECR's layers (else no task starts)", () => {
    const { Statement } = wide.policy(wide.one(ENDPOINT, "-s3"));
    assert.deepEqual(Object.fromEntries(Statement.map((s) => [s.Sid, s.Resource])), {
      OwnBuckets: ["arn:aws:s3:::cw-dev--*", "arn:aws:s3:::cw-dev--*/*"],
      SourceBuckets: ["arn:aws:s3:::acme-raw", "arn:aws:s3:::acme-raw/*"],
      ImageLayers: "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*",
    });
    assert.deepEqual(Statement[0]?.Condition, {
      StringEquals: { "aws:ResourceAccount": "123456789012" },
    });
    assert.ok(
      !([] as string[]).concat(Statement[1]!.Action).some((action) => /Put|Delete|\*/.test(action)),
    );
    assert.deepEqual(wide.one(ENDPOINT, "-s3").inputs["routeTableIds"], ["rtb-1", "rtb-2"]);
  });

  it("names no bucket in the endpoint's policy that nobody asked for", () => {
    const { Statement } = plain.policy(plain.one(ENDPOINT));
    assert.deepEqual(
      Statement.map((s) => s.Sid),
      ["OwnBuckets", "ImageLayers"],
    );
  });

  it("reaches the workers' services privately when asked to, and pays for no endpoint otherwise", () => {
    assert.equal(plain.all(ENDPOINT).length, 1);
    const services = wide
      .all(ENDPOINT)
      .map((endpoint) => String(endpoint.inputs["serviceName"]).split("eu-west-1.")[1]);
    assert.deepEqual(services.sort(), ["ecr.api", "ecr.dkr", "logs", "s3", "sqs", "ssm"]);
    for (const endpoint of wide
      .all(ENDPOINT)
      .filter((one) => one.inputs["vpcEndpointType"] === "Interface")) {
      assert.equal(endpoint.inputs["privateDnsEnabled"], true);
    }
  });

  it("gives its execution role one `*` only, where ECR knows no resource", () => {
    const { Statement } = plain.policy(plain.one("aws:iam/rolePolicy:RolePolicy", "execution"));
    const open = Statement.filter((s) => s.Resource === "*");
    assert.deepEqual(
      open.map((s) => s.Action),
      ["ecr:GetAuthorizationToken"],
    );
    for (const { Action } of Statement) assert.doesNotMatch(JSON.stringify(Action), /\*/);
  });

  it("lets only ECS of its own account take roles (the confused deputy)", () => {
    const { Statement } = plain.policy(plain.one("aws:iam/role:Role"), "assumeRolePolicy");
    assert.deepEqual(Statement[0]?.Principal, { Service: "ecs-tasks.amazonaws.com" });
    assert.deepEqual(Statement[0].Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*" },
    });
  });

  it("closes the ledger's bucket: TLS only, no public access, versions, encryption", () => {
    const { Statement } = plain.policy(plain.one("aws:s3/bucketPolicy:BucketPolicy"));
    assert.deepEqual(
      Statement.map((s) => [s.Effect, s.Principal, s.Action, s.Condition]),
      [["Deny", "*", "s3:*", { Bool: { "aws:SecureTransport": "false" } }]],
    );
    const bucket = String(plain.one("aws:s3/bucket:Bucket").inputs["bucket"]);
    assert.deepEqual(Statement[0]?.Resource, [
      `arn:aws:s3:::${bucket}`,
      `arn:aws:s3:::${bucket}/*`,
    ]);
    const block = plain.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs;
    for (const key of [
      "blockPublicAcls",
      "blockPublicPolicy",
      "ignorePublicAcls",
      "restrictPublicBuckets",
    ]) {
      assert.equal(block[key], true, key);
    }
    assert.deepEqual(
      plain.one("aws:s3/bucketVersioning:BucketVersioning").inputs["versioningConfiguration"],
      { status: "Enabled" },
    );
  });

  it("keeps no log for ever", () => {
    for (const group of plain.all("aws:cloudwatch/logGroup:LogGroup"))
      assert.equal(group.inputs["retentionInDays"], 30);
    assert.deepEqual(
      plain.all("aws:cloudwatch/logGroup:LogGroup").map((group) => group.inputs["name"]),
      ["/aws/ecs/containerinsights/cw-dev--workers/performance"],
    );
  });

  it("measures its tasks, since scaling reads the metric", () => {
    assert.deepEqual(plain.one("aws:ecs/cluster:Cluster").inputs["settings"], [
      { name: "containerInsights", value: "enabled" },
    ]);
  });

  it("is protected as a whole where data is to be kept, but for what is an option (a destroy that stops half-way leaves nothing that works)", () => {
    const open = wide.resources.filter(({ protect }) => !protect).map(({ name }) => name);
    assert.deepEqual(
      open.filter((name) => !/-(endpoints|ecr-api|ecr-dkr|logs|sqs|ssm)$/.test(name)),
      ["causeway-test"],
    );
    assert.equal(wide.one("aws:s3/bucket:Bucket").inputs["forceDestroy"], false);
  });

  it("can be destroyed with everything in it where data is not to be kept", async () => {
    const thrown = await deploy({ environment: "dev", foundation: {}, data: "delete" });
    assert.ok(thrown.resources.every(({ protect, retainOnDelete }) => !protect && !retainOnDelete));
    assert.equal(thrown.one("aws:s3/bucket:Bucket").inputs["forceDestroy"], true);
  });

  it("builds its image from the repository's root for the platform that its tasks run on", () => {
    const image = plain.one("awsx:ecr:Image").inputs;
    assert.equal(image["platform"], "linux/amd64");
    assert.equal(image["dockerfile"], `${String(image["context"])}/runtime/Dockerfile`);
  });

  it("says everything that a pipeline's stack needs, and nothing secret", () => {
    assert.deepEqual(Object.keys(plain.outputs).sort(), [
      "azureResourceGroup",
      "blobEndpoint",
      "clusterArn",
      "clusterName",
      "egressAddress",
      "environment",
      "executionRoleArn",
      "imageUri",
      "ledgerBucket",
      "logRetentionDays",
      "privateSubnetIds",
      "publicSubnetIds",
      "region",
      "repositoryUrl",
      "sourceBucketPatterns",
      "storageAccount",
      "vpcId",
      "workerSecurityGroupId",
    ]);
    assert.equal(
      plain.outputs["blobEndpoint"],
      `https://${String(plain.outputs["storageAccount"])}.blob.core.windows.net`,
    );
  });
});

const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
