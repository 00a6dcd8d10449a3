import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

interface Config {
  tenant: string;
  name: string;
  spec: { source: { prefix?: string }; limits?: { workers?: { min?: number } } };
}

/**
 * A small pipeline on the embedded clouds, in place of the product's. Its prefix says what it is: `name-N/` names the queue, `wait-N/` is its
 * timeout, `open/` gives everybody's rights to its role, `secret-N/` is the secret that it keeps.
 */
export function program(): Promise<Record<string, unknown>> {
  const { tenant, name, spec } = new pulumi.Config("causeway").requireObject<Config>("pipeline");
  const parts = (spec.source.prefix ?? "").split("/");
  const value = (key: string, otherwise: string): string =>
    parts.find((part) => part.startsWith(`${key}-`))?.slice(key.length + 1) ?? otherwise;
  const owner = `${tenant}-${name}`;
  const bucket = new aws.s3.Bucket("source", { bucket: `cw-${owner}`, forceDestroy: true });
  const queue = new aws.sqs.Queue("hints", {
    name: `${owner}-${value("name", "1")}`,
    visibilityTimeoutSeconds: Number(value("wait", "60")),
    receiveWaitTimeSeconds: 20,
  });
  const role = new aws.iam.Role("worker", { name: owner, assumeRolePolicy: trust });
  new aws.iam.RolePolicy("worker", {
    name: "worker",
    role: role.name,
    policy: pulumi.all([bucket.arn, queue.arn]).apply(([read, hints]) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "s3:GetObject", Resource: `${read}/*` },
          {
            Effect: "Allow",
            Action: parts.includes("open") ? "sqs:*" : "sqs:ReceiveMessage",
            Resource: hints,
          },
        ],
      }),
    ),
  });
  new aws.ssm.Parameter("sas", {
    name: `/${owner}/sas`,
    type: "SecureString",
    value: pulumi.secret(`sv=1&sig=very-secret-${value("secret", "1")}`),
  });
  if (parts.includes("more")) new aws.sqs.Queue("more", { name: `${owner}-more` });
  return Promise.resolve({
    tenant,
    queueUrl: queue.url,
    roleName: role.name,
    bucket: bucket.bucket,
  });
}

const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
});
