import assert from "node:assert/strict";
import fc from "fast-check";
import * as names from "../../../infra/names.ts";
import { EnvironmentName, PipelineName, TenantName } from "../../../infra/spec/names.ts";
import { BucketName, ContainerName, StorageAccountName } from "../../../infra/spec/names.ts";

function legal(max: number): fc.Arbitrary<string> {
  return fc
    .stringMatching(new RegExp(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`), { maxLength: max })
    .filter((name) => name.length >= 2 && name.length <= max);
}

/** Any legal owner, the longest among them. */
const owner: fc.Arbitrary<names.Owner> = fc.record({
  environment: fc
    .oneof(legal(8), fc.constant("a".repeat(8)))
    .map((name) => EnvironmentName.parse(name)),
  tenant: fc.oneof(legal(16), fc.constant("t".repeat(16))).map((name) => TenantName.parse(name)),
  pipeline: fc
    .oneof(legal(24), fc.constant("p".repeat(24)))
    .map((name) => PipelineName.parse(name)),
});
const place = fc.record({
  accountId: fc.stringMatching(/^\d{12}$/),
  region: fc.constantFrom("eu-west-1", "ap-southeast-2"),
});
const target = fc.oneof(legal(16), fc.constant("x".repeat(16)));
const LONGEST_PART = "alarms";

describe("Derived names", () => {
  it("fit every service's limits and grammar for any legal tenant and pipeline", () => {
    fc.assert(
      fc.property(owner, place, target, (who, where, name) => {
        BucketName.parse(names.sourceBucketName(who, where));
        BucketName.parse(names.ledgerBucketName(who.environment, where));
        ContainerName.parse(names.containerName(who, name));
        StorageAccountName.parse(names.storageAccountName(who.environment, where.accountId));
        for (const part of ["worker", "dead", "oldest", LONGEST_PART]) {
          // IAM roles have the shortest limit: 64; SQS queues have 80, ECS and alarms 255.
          assert.match(names.pipelineName(who, part), /^[A-Za-z0-9-]{1,64}$/);
        }
        assert.match(names.foundationName(who.environment, "execution"), /^[a-z0-9-]{1,64}$/);
        assert.match(names.sasParameterName(who, name), /^(\/[a-z0-9-]+){6}$/);
        assert.match(names.logGroupName(who), /^[a-z0-9/-]{1,512}$/);
        assert.match(
          names.repositoryName(who.environment),
          /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
        );
      }),
    );
  });

  it("are shared by no two pipelines, not even a-b + c and a + b-c", () => {
    const all = (who: names.Owner) => [
      names.pipelineName(who),
      names.sourceBucketName(who, { accountId: "1", region: "r" }),
      names.containerName(who, "azure"),
      names.ledgerPrefix(who),
      names.logGroupName(who),
      names.sasParameterName(who, "azure"),
    ];
    const apart = (one: names.Owner, other: names.Owner) => {
      const theirs = new Set(all(other));
      assert.deepEqual(
        all(one).filter((name) => theirs.has(name)),
        [],
      );
    };
    const who = (tenant: string, pipeline: string) => ({
      environment: "dev",
      tenant: TenantName.parse(tenant),
      pipeline: PipelineName.parse(pipeline),
    });
    apart(who("a1-b", "c1"), who("a1", "b-c1"));
    fc.assert(
      fc.property(owner, owner, (one, other) => {
        fc.pre(one.tenant !== other.tenant || one.pipeline !== other.pipeline);
        apart(one, { ...other, environment: one.environment });
      }),
    );
  });

  it("of one environment are never covered by another's bucket pattern", () => {
    fc.assert(
      fc.property(owner, place, legal(8), (who, where, other) => {
        fc.pre(other !== who.environment);
        const bucket = names.sourceBucketName(who, where);
        assert.ok(bucket.startsWith(names.ownBuckets(who.environment).slice(0, -1)));
        assert.ok(!bucket.startsWith(names.ownBuckets(other).slice(0, -1)));
      }),
    );
  });

  it("of buckets and accounts differ between clouds' accounts, since all the world shares them", () => {
    const who = {
      environment: "dev",
      tenant: TenantName.parse("acme"),
      pipeline: PipelineName.parse("exports"),
    };
    const one = { accountId: "111111111111", region: "eu-west-1" };
    const two = { ...one, accountId: "222222222222" };
    assert.notEqual(names.sourceBucketName(who, one), names.sourceBucketName(who, two));
    assert.notEqual(names.storageAccountName("dev", "s1"), names.storageAccountName("dev", "s2"));
    assert.notEqual(names.storageAccountName("a-b", "s1"), names.storageAccountName("ab", "s1"));
  });

  it("stay what they are: a change here would replace buckets that hold data", () => {
    const who = {
      environment: "dev",
      tenant: TenantName.parse("acme"),
      pipeline: PipelineName.parse("exports"),
    };
    const where = { accountId: "123456789012", region: "eu-west-1" };
    assert.deepEqual(
      [
        names.sourceBucketName(who, where),
        names.containerName(who, "azure"),
        names.storageAccountName("dev", "sub"),
      ],
      GOLDEN,
    );
  });
});

const GOLDEN = ["cw-dev--acme--exports-ut8tsi", "acme-exports-8fan54", "cwdev5zsmu3g7hcj8"];
