import assert from "node:assert/strict";
import { containersRule } from "../../../../local/providers/aws/ecs-containers.ts";
import { bucketName } from "../../../../local/providers/aws/s3-bucket.ts";
import { inlineRules } from "../../../../local/providers/aws/ec2-inline-rules.ts";
import { fromApi, toApi } from "../../../../local/providers/aws/casing.ts";
import { configureAws } from "../../../../local/providers/aws/scope.ts";
import { policyDocumentOf } from "../../../../local/providers/aws/policy-document.ts";
import { parseVpcArgs } from "../../../../local/providers/awsx/vpc-args.ts";
import { policy } from "../../../../local/providers/framework/rules.ts";
import { OutputValue, unknown } from "../../../../local/providers/wire/values.ts";
import type { SecurityRuleRow } from "../../../../local/aws/network/rows.ts";

const place = { region: "eu-west-1", accountId: "123456789012" };
const never = new AbortController().signal;

describe("Names and documents", () => {
  it("hold bucket names to S3's rules", () => {
    for (const legal of ["abc", "my.bucket-1", "a".repeat(63)])
      assert.equal(bucketName(legal), undefined);
    const illegal = [
      "ab",
      "a".repeat(64),
      "My-bucket",
      "a..b",
      "192.168.0.1",
      "xn--a",
      "a-s3alias",
      "-ab",
    ];
    for (const name of illegal) assert.match(bucketName(name) ?? "", /InvalidBucketName/, name);
  });

  it("refuse a policy that IAM would call malformed", () => {
    assert.equal(
      policy('{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}'),
      undefined,
    );
    assert.match(policy("{") ?? "", /invalid JSON/);
    assert.match(policy('{"Version":"2012-10-17"}') ?? "", /Statement/);
    assert.match(policy('{"Statement":[{"Effect":"allow","Action":"*"}]}') ?? "", /Effect/);
    assert.match(policy('{"Statement":[{"Effect":"Allow"}]}') ?? "", /must contain actions/);
  });

  it("refuse containers without a name or an image", () => {
    assert.equal(containersRule('[{"name":"w","image":"i"}]'), undefined);
    assert.match(containersRule("[]") ?? "", /cannot be empty/);
    assert.match(containersRule('[{"name":"w"}]') ?? "", /image/);
    assert.match(containersRule("not json") ?? "", /invalid/);
  });

  it("write a policy document in IAM's own form", () => {
    const { json } = policyDocumentOf({
      statements: [
        {
          actions: ["s3:GetObject"],
          resources: ["a", "b"],
          principals: [{ type: "AWS", identifiers: ["1"] }],
          conditions: [{ test: "Bool", variable: "aws:SecureTransport", values: ["true"] }],
        },
      ],
    });
    assert.deepEqual(JSON.parse(json as string), {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: "s3:GetObject",
          Resource: ["a", "b"],
          Principal: { AWS: "1" },
          Condition: { Bool: { "aws:SecureTransport": "true" } },
        },
      ],
    });
  });

  it("survive the way to S3's capitals and back", () => {
    const rule = {
      id: "a",
      filter: { prefix: "x" },
      expiration: { expiredObjectDeleteMarker: true },
    };
    assert.deepEqual(fromApi(toApi(rule)), rule);
    assert.deepEqual(toApi({ sseAlgorithm: "aws:kms" }), { SSEAlgorithm: "aws:kms" });
  });
});

describe("The AWS provider's configuration", () => {
  it("refuses another region, account or identity, and says what to set", () => {
    assert.throws(() => configureAws({ region: "us-east-1" }, place, never), /set "aws:region"/);
    assert.throws(() => configureAws({ allowedAccountIds: ["1"] }, place, never), /not allowed/);
    assert.throws(() => configureAws({ profile: "prod" }, place, never), /aws:profile/);
    assert.throws(
      () => configureAws({ assumeRoles: [{ roleArn: "x" }] }, place, never),
      /assumeRoles/,
    );
  });

  it("takes default tags", () => {
    const scope = configureAws({ defaultTags: { tags: { team: "data" } } }, place, never);
    assert.deepEqual(scope.defaultTags, { team: "data" });
  });
});

describe("A security group's inline rules", () => {
  const row = (value: string, fromPort = 443): SecurityRuleRow => ({
    kind: "security-rule",
    id: value,
    groupId: "sg-1",
    direction: "egress",
    protocol: "tcp",
    fromPort,
    toPort: fromPort,
    peer: { kind: "ipv4", value },
    description: undefined,
    tags: {},
  });
  const block = {
    protocol: "tcp",
    fromPort: 443,
    toPort: 443,
    cidrBlocks: ["10.0.0.0/8", "11.0.0.0/8"],
  };

  it("come back as the program wrote them when nothing drifted", () => {
    assert.deepEqual(inlineRules([row("11.0.0.0/8"), row("10.0.0.0/8")], "egress", [block]), [
      block,
    ]);
  });

  it("show a rule that somebody took away, and one that somebody added", () => {
    assert.deepEqual(inlineRules([row("10.0.0.0/8"), row("0.0.0.0/0", 22)], "egress", [block]), [
      { ...block, cidrBlocks: ["10.0.0.0/8"] },
      { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] },
    ]);
  });
});

describe("The arguments of a VPC component", () => {
  it("must be known where they shape it", () => {
    assert.throws(() => parseVpcArgs({ cidrBlock: unknown }), /"cidrBlock" to be known/);
  });

  it("may hold allocation ids that are not known yet", () => {
    const id = new OutputValue(undefined, false, ["urn:eip"]);
    const args = parseVpcArgs({
      natGateways: { strategy: "Single", elasticIpAllocationIds: [id] },
    });
    assert.equal(args.nat, "Single");
    assert.deepEqual(args.allocationIds, [id]);
  });

  it("refuse addresses that do not fit the NAT strategy", () => {
    const nat = (strategy: string, count: number) => () =>
      parseVpcArgs({
        natGateways: { strategy, elasticIpAllocationIds: Array<string>(count).fill("e") },
      });
    assert.throws(nat("None", 1), /cannot be specified/);
    assert.throws(nat("Single", 2), /Exactly one/);
    assert.throws(nat("OnePerAz", 2), /must match the number of availability zones/);
  });
});
