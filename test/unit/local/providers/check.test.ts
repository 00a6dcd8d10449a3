import assert from "node:assert/strict";
import { withName } from "../../../../local/providers/framework/autoname.ts";
import { checkShape, normalise } from "../../../../local/providers/framework/check.ts";
import { Secret, unknown } from "../../../../local/providers/wire/values.ts";
import { readSchema } from "../../../../local/providers/schema/schema.ts";

const schema = readSchema("aws");
const subnet = "aws:ec2/subnet:Subnet";
const seed = new Uint8Array(32).fill(7);

describe("Inputs against the SDK's schema", () => {
  it("names what is required and missing", () => {
    const [problem] = checkShape(schema, subnet, { cidrBlock: "10.0.0.0/24" });
    assert.equal(problem?.property, "vpcId");
    assert.match(problem.reason, /"vpcId" is required/);
  });

  it("names an unknown property at any depth, and the one that was probably meant", () => {
    const problems = checkShape(schema, "aws:ecs/service:Service", {
      networkConfiguration: { subnets: [], assignPublicIP: false },
    });
    assert.equal(problems.length, 1);
    assert.equal(problems[0]?.property, "networkConfiguration.assignPublicIP");
    assert.match(problems[0].reason, /did you mean "assignPublicIp"/);
  });

  it("names a value of the wrong type", () => {
    const problems = checkShape(schema, "aws:sqs/queue:Queue", {
      delaySeconds: "5",
      tags: { a: 1 },
    });
    assert.deepEqual(problems, [
      { property: "delaySeconds", reason: "expected a number, got a string" },
      { property: "tags.a", reason: "expected a string, got a number" },
    ]);
  });

  it("accepts what is not known yet, in place of any type", () => {
    assert.deepEqual(checkShape(schema, subnet, { vpcId: unknown, tags: unknown }), []);
  });

  it("writes a policy that was given as an object as JSON, as unknown and as secret as its parts", () => {
    const token = "aws:s3/bucketPolicy:BucketPolicy";
    const policyOf = (resource: unknown) =>
      normalise(schema, token, {
        bucket: "b",
        policy: { Statement: [{ Resource: resource as string }] },
      })["policy"];
    assert.equal(policyOf("x"), '{"Statement":[{"Resource":"x"}]}');
    assert.equal(policyOf(unknown), unknown);
    assert.deepEqual(policyOf(new Secret("x")), new Secret('{"Statement":[{"Resource":"x"}]}'));
  });
});

describe("Automatic names", () => {
  const autoname = { property: "name", maxLength: 20 };
  const naming = { name: "orders", seed };

  it("are the same for the preview and the update, which share a seed", () => {
    const first = withName({}, {}, autoname, naming).inputs["name"] as string;
    assert.match(first, /^orders-[0-9a-f]{7}$/);
    assert.equal(withName({}, {}, autoname, naming).inputs["name"], first);
    const other = withName({}, {}, autoname, { ...naming, seed: new Uint8Array(32) });
    assert.notEqual(other.inputs["name"], first);
  });

  it("leave alone what the program names and what the resource is already called", () => {
    assert.equal(withName({ name: "mine" }, {}, autoname, naming).inputs["name"], "mine");
    assert.equal(withName({}, { name: "old" }, autoname, naming).inputs["name"], "old");
  });

  it("are refused rather than cut when they get too long", () => {
    const { problems } = withName({}, {}, autoname, { name: "a-rather-long-name", seed });
    assert.match(problems[0]?.reason ?? "", /longer than 20 characters/);
  });

  it("follow the stack's own naming scheme", () => {
    const proposed = { mode: "enforce", name: "corp-orders" } as const;
    assert.equal(withName({}, {}, autoname, { ...naming, proposed }).inputs["name"], "corp-orders");
    const disabled = { mode: "disable", name: "" } as const;
    assert.equal(withName({}, {}, autoname, { ...naming, proposed: disabled }).problems.length, 1);
  });
});
