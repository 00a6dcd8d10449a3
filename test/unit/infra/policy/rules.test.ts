import assert from "node:assert/strict";
import type { PlannedResource } from "../../../../infra/planned.ts";
import { violations, type PolicyLimits } from "../../../../infra/policy/rules.ts";
import { deploy, pipeline } from "../clouds.ts";

const resource = (type: string, inputs: PlannedResource["inputs"]): PlannedResource => ({
  urn: `urn:${type}`,
  type,
  name: "x",
  inputs,
});
const ask = (resources: PlannedResource[], limits: PolicyLimits = {}, monthlyUsd = 0) =>
  violations({ resources, region: "eu-west-1", monthlyUsd, limits });
const role = (...Statement: object[]) =>
  resource("aws:iam/rolePolicy:RolePolicy", {
    policy: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
const closed = {
  networkRuleSet: { defaultAction: "Deny", ipRules: [] },
  allowBlobPublicAccess: false,
};

describe("The policy rules", () => {
  it("let pass what the program builds, foundation and pipeline", async () => {
    const deployed = await deploy({ environment: "dev", foundation: {}, pipeline: pipeline() });
    const resources = deployed.resources.map(({ type, name, inputs }) => ({
      urn: name,
      type,
      name,
      inputs,
    }));
    assert.deepEqual(ask(resources, { regions: ["eu-west-1"], monthlyUsd: 500 }, 100), []);
  });

  const open: readonly (readonly [string, PlannedResource])[] = [
    [
      "an account whose rules restrict nothing",
      resource("azure-native:storage:StorageAccount", {
        ...closed,
        networkRuleSet: { defaultAction: "Allow", ipRules: [{ iPAddressOrRange: "203.0.113.7" }] },
      }),
    ],
    ["an account without rules", resource("azure-native:storage:StorageAccount", {})],
    [
      "an account with public containers",
      resource("azure-native:storage:StorageAccount", { ...closed, allowBlobPublicAccess: true }),
    ],
    [
      "a public container",
      resource("azure-native:storage:BlobContainer", { publicAccess: "Container" }),
    ],
    [
      "a bucket that may become public",
      resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", { blockPublicAcls: true }),
    ],
    [
      "workers with public addresses",
      resource("aws:ecs/service:Service", { networkConfiguration: { assignPublicIp: true } }),
    ],
    [
      "an open port",
      resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
        cidrIpv4: "0.0.0.0/0",
      }),
    ],
  ];
  for (const [what, wrong] of open) {
    it(`name the rule, the resource and the cure for ${what}`, () => {
      const [violation, ...more] = ask([wrong]);
      assert.equal(violation?.rule, "closed-by-default");
      assert.equal(violation.urn, wrong.urn);
      assert.ok(violation.cure.length > 10);
      assert.deepEqual(more, []);
    });
  }

  it("refuse wildcards in what a role may do, but for what AWS knows no resource of", () => {
    const bad = [
      { Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::b/*" },
      { Effect: "Allow", Action: "s3:GetObject", Resource: "*" },
      { Effect: "Allow", NotAction: "iam:CreateUser", Resource: "arn:aws:s3:::b" },
    ];
    for (const statement of bad) {
      assert.deepEqual(
        ask([role(statement)]).map(({ rule }) => rule),
        ["least-privilege"],
        JSON.stringify(statement),
      );
    }
    const good = [
      { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
      { Effect: "Deny", Action: "*", Resource: "*" },
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::b/in/*" },
    ];
    assert.deepEqual(ask([role(...good)]), []);
  });

  it("hold a plan to the budget and to the regions that are allowed", () => {
    const limits = { regions: ["us-east-1"], monthlyUsd: 50 };
    assert.deepEqual(
      ask([], limits, 50.01).map(({ rule }) => rule),
      ["budget", "region"],
    );
    assert.deepEqual(ask([], { ...limits, regions: ["eu-west-1"] }, 50), []);
  });
});
