import assert from "node:assert/strict";
import {
  disown,
  mend,
  type Deployment,
  type StackResource,
} from "../../../service/automation/pending.ts";

const queues = (region: string): string => `https://sqs.${region}.amazonaws.com`;
const bucketUrn = "urn:pulumi:acme.one::causeway::aws:s3/bucket:Bucket::source";

function resource(
  type: string,
  name: string,
  inputs: Record<string, unknown>,
  more = {},
): StackResource {
  return {
    urn: `urn:pulumi:acme.one::causeway::${type}::${name}`,
    type,
    custom: true,
    inputs,
    ...more,
  };
}

const role = resource(
  "aws:iam/role:Role",
  "worker",
  {
    name: "worker",
    assumeRolePolicy: "arn:aws:iam:eu-west-1:123456789012:role/other",
  },
  { id: "worker" },
);

function pending(...created: StackResource[]): Deployment {
  return {
    resources: [role],
    pending_operations: created.map((one) => ({ type: "creating", resource: one })),
  };
}

describe("what an engine that was killed left pending", () => {
  it("is nothing to mend where nothing is", () => {
    assert.equal(mend({ resources: [role] }, queues), undefined);
    assert.equal(mend({ resources: [role], pending_operations: [] }, queues), undefined);
  });

  it("is taken in under the id that its name gives it, with its inputs for outputs until it is read", () => {
    const mended = mend(
      pending(resource("aws:s3/bucket:Bucket", "source", { bucket: "b" })),
      queues,
    );
    assert.deepEqual(mended?.adopted, [{ urn: bucketUrn, id: "b" }]);
    assert.deepEqual(mended.deployment.pending_operations, []);
    const [, adopted] = mended.deployment.resources ?? [];
    assert.deepEqual([adopted?.id, adopted?.outputs], ["b", { bucket: "b", id: "b" }]);
  });

  it("takes account and region from what the stack has, and where queues are reached from its other queues", () => {
    const queue = resource("aws:sqs/queue:Queue", "q", { name: "q" });
    assert.equal(
      mend(pending(queue), queues)?.adopted[0]?.id,
      "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
    );
    const other = resource(
      "aws:sqs/queue:Queue",
      "o",
      { name: "o" },
      { id: "http://127.0.0.1:9/123456789012/o" },
    );
    const here = { ...pending(queue), resources: [role, other] };
    assert.equal(mend(here, queues)?.adopted[0]?.id, "http://127.0.0.1:9/123456789012/q");
    const service = resource("aws:ecs/service:Service", "s", {
      name: "s",
      cluster: "arn:aws:ecs:x:1:cluster/c",
    });
    assert.equal(
      mend(pending(service), queues)?.adopted[0]?.id,
      "arn:aws:ecs:eu-west-1:123456789012:service/c/s",
    );
  });

  it("is named as forgotten where no id can be told: a number that the cloud gives, a name that is not known yet, an encrypted one", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const secret = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      ciphertext: "v1",
    };
    const mended = mend(
      pending(
        resource("aws:ec2/vpc:Vpc", "vpc", { cidrBlock: "10.0.0.0/16" }),
        resource("aws:s3/bucket:Bucket", "u", { bucket: unknown }),
        resource("aws:ssm/parameter:Parameter", "s", { name: secret }),
      ),
      queues,
    );
    assert.equal(mended?.adopted.length, 0);
    assert.equal(mended.forgotten.length, 3);
    assert.deepEqual(mended.deployment.resources, [role]);
  });

  it("leaves updates and deletions to a refresh", () => {
    const deployment = {
      resources: [role],
      pending_operations: [{ type: "updating", resource: role }],
    };
    const mended = mend(deployment, queues);
    assert.deepEqual([mended?.unfinished, mended?.deployment.resources], [[role.urn], [role]]);
  });

  it("does not take in what the stack has already, and puts a replacement before what it replaces is deleted", () => {
    const old = resource("aws:s3/bucket:Bucket", "source", { bucket: "old" }, { id: "old" });
    const young = resource("aws:s3/bucket:Bucket", "source", { bucket: "young" });
    const same = mend(
      {
        resources: [old],
        pending_operations: [
          { type: "creating", resource: { ...young, inputs: { bucket: "old" } } },
        ],
      },
      queues,
    );
    assert.deepEqual(same?.deployment.resources, [old]);
    const replaced = mend(
      { resources: [old], pending_operations: [{ type: "creating", resource: young }] },
      queues,
    );
    assert.deepEqual(
      replaced?.deployment.resources?.map(({ id, delete: condemned }) => [id, condemned]),
      [
        ["old", true],
        ["young", undefined],
      ],
    );
    const gone = { ...old, pendingReplacement: true };
    const again = mend(
      {
        resources: [gone],
        pending_operations: [
          { type: "creating", resource: { ...young, inputs: { bucket: "old" } } },
        ],
      },
      queues,
    );
    assert.deepEqual(
      again?.deployment.resources?.map(({ id, pendingReplacement }) => [id, pendingReplacement]),
      [["old", undefined]],
    );
  });

  it("can be given up again without touching anything else", () => {
    const mended = mend(
      pending(resource("aws:s3/bucket:Bucket", "source", { bucket: "b" })),
      queues,
    );
    assert.ok(mended);
    assert.deepEqual(disown(mended.deployment, mended.adopted).resources, [role]);
  });
});
