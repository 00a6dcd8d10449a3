import * as pulumi from "@pulumi/pulumi";
import { Queue } from "@pulumi/aws/sqs/queue.js";
import { QueuePolicy } from "@pulumi/aws/sqs/queuePolicy.js";
import { policy, tlsOnly, type PolicyDocument } from "../aws/policy-document.ts";
import type { Cloud } from "../cloud.ts";
import { pipelineName, type Owner } from "../names.ts";

export interface EventQueueArgs {
  readonly owner: Owner;
  readonly cloud: Cloud;
  /** The only bucket that may send. */
  readonly bucketArn: pulumi.Input<string>;
}

const RETENTION_SECONDS = 14 * 24 * 3600;
/** A worker renews what it works on; this is how soon another one takes over from a worker that died. */
const VISIBILITY_SECONDS = 60;
/** SQS's longest poll: an idle worker asks three times a minute, and an event still arrives at once. */
const POLL_SECONDS = 20;
const MAX_RECEIVES = 5;

/** Where a pipeline's hints wait, and where those go that no worker could finish. */
export class EventQueue extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  readonly url: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly deadLetterName: pulumi.Output<string>;
  readonly deadLetterUrl: pulumi.Output<string>;
  readonly deadLetterArn: pulumi.Output<string>;

  constructor(name: string, args: EventQueueArgs, opts?: pulumi.ComponentResourceOptions) {
    super("causeway:pipelines:EventQueue", name, {}, opts);
    const dead = deadLetterQueue(args, this);
    const main = mainQueue(args, dead, this);
    const admitted = admitBucket(name, main, args, this);
    closeToPlainHttp(`${name}-dead`, dead, this);
    this.name = main.name;
    this.url = main.url;
    // Whoever sends by the ARN waits for the policy that lets it.
    this.arn = pulumi.all([main.arn, admitted.id]).apply(([arn]) => arn);
    this.deadLetterName = dead.name;
    this.deadLetterUrl = dead.url;
    this.deadLetterArn = dead.arn;
    this.registerOutputs({ url: this.url, deadLetterUrl: this.deadLetterUrl });
  }
}

/** A queue's ARN before the queue exists. */
export function queueArn(owner: Owner, cloud: Cloud): string {
  return `arn:${cloud.partition}:sqs:${cloud.region}:${cloud.accountId}:${pipelineName(owner)}`;
}

function deadLetterQueue({ owner, cloud }: EventQueueArgs, parent: pulumi.Resource): Queue {
  const name = pipelineName(owner, "dead");
  const redriveAllowPolicy = JSON.stringify({
    redrivePermission: "byQueue",
    sourceQueueArns: [queueArn(owner, cloud)],
  });
  return new Queue(
    name,
    {
      name,
      messageRetentionSeconds: RETENTION_SECONDS,
      sqsManagedSseEnabled: true,
      redriveAllowPolicy,
    },
    { parent },
  );
}

function mainQueue({ owner }: EventQueueArgs, dead: Queue, parent: pulumi.Resource): Queue {
  const name = pipelineName(owner);
  const redrivePolicy = dead.arn.apply((deadLetterTargetArn) =>
    JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_RECEIVES }),
  );
  return new Queue(
    name,
    {
      name,
      visibilityTimeoutSeconds: VISIBILITY_SECONDS,
      receiveWaitTimeSeconds: POLL_SECONDS,
      messageRetentionSeconds: RETENTION_SECONDS,
      sqsManagedSseEnabled: true,
      redrivePolicy,
    },
    { parent },
  );
}

function admitBucket(
  name: string,
  queue: Queue,
  args: EventQueueArgs,
  parent: pulumi.Resource,
): QueuePolicy {
  const document = pulumi
    .all([queue.arn, args.bucketArn])
    .apply(([arn, bucketArn]) =>
      JSON.stringify(eventQueuePolicy(arn, bucketArn, args.cloud.accountId)),
    );
  return new QueuePolicy(name, { queueUrl: queue.url, policy: document }, { parent });
}

function closeToPlainHttp(name: string, queue: Queue, parent: pulumi.Resource): QueuePolicy {
  const document = queue.arn.apply((arn) => JSON.stringify(policy(tlsOnly("sqs:*", arn))));
  return new QueuePolicy(name, { queueUrl: queue.url, policy: document }, { parent });
}

/** S3 may send for that bucket of that account and no other: bucket names are free for anyone to take again. */
export function eventQueuePolicy(
  queue: string,
  bucketArn: string,
  accountId: string,
): PolicyDocument {
  return policy(
    {
      Sid: "BucketEvents",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queue,
      Condition: {
        ArnEquals: { "aws:SourceArn": bucketArn },
        StringEquals: { "aws:SourceAccount": accountId },
      },
    },
    tlsOnly("sqs:*", queue),
  );
}
