import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** The part of the pipeline's config that this program reads; the product's program reads the same key. */
interface SmallPipeline {
  tenant: string;
  name: string;
  generation: number;
  spec: { source: { prefix?: string } };
}

/**
 * Stands in for the product's program where a hundred operations with their kills must fit into minutes: the kinds of resources that a
 * pipeline is made of, few of each. The parts of the source's prefix say which parameters there are.
 */
export function program(): Record<string, unknown> {
  const { tenant, name, generation, spec } = new pulumi.Config(
    "causeway",
  ).requireObject<SmallPipeline>("pipeline");
  const base = `cw-local--${tenant}--${name}`;
  const parts = (spec.source.prefix ?? "").split("/").filter((part) => part !== "");
  const bucket = new aws.s3.Bucket(base, { bucket: base, forceDestroy: true });
  const versioning = new aws.s3.BucketVersioning(base, {
    bucket: bucket.bucket,
    versioningConfiguration: { status: "Enabled" },
  });
  const dead = new aws.sqs.Queue(`${base}--dead`, { name: `${base}--dead` });
  const queue = new aws.sqs.Queue(base, {
    name: base,
    redrivePolicy: pulumi.jsonStringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 5 }),
  });
  const role = new aws.iam.Role(base, { name: base, assumeRolePolicy });
  for (const part of parts) {
    new aws.ssm.Parameter(
      `${base}--${part}`,
      { name: `/${tenant}/${name}/${part}`, type: "String", value: `generation ${generation}` },
      { dependsOn: [versioning, role] },
    );
  }
  return { generation, bucket: bucket.bucket, queueUrl: queue.url };
}

const assumeRolePolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
});
