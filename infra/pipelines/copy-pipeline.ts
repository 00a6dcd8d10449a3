import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../cloud.ts";
import type { Foundation } from "../foundation-outputs.ts";
import { ledgerPrefix, pipelineName, type Owner } from "../names.ts";
import type { CopySpec } from "../spec/copy.ts";
import { pipelineTags, tagged } from "../tags.ts";
import { alarms } from "./alarms.ts";
import { alarmTopic } from "./alarm-topic.ts";
import { AzureTarget, type AzureTargetSpec } from "./azure-target.ts";
import { closedSeconds } from "./copy-hours.ts";
import { bucketQueueSubscription } from "./bucket-queue-subscription.ts";
import { copyJob } from "./copy-job.ts";
import { EventQueue } from "./event-queue.ts";
import { scanSchedule } from "./scan-schedule.ts";
import { sourceBucket } from "./source-bucket.ts";
import { workerRole } from "./worker-role.ts";
import { workerScaling } from "./worker-scaling.ts";
import { workerService } from "./worker-service.ts";
import { workerTask } from "./worker-task.ts";

/** A spec of which `availability` had nothing to say: the program builds S3 to Azure Blob. */
export type BuildableSpec = Omit<CopySpec, "source" | "targets"> & {
  readonly source: Extract<CopySpec["source"], { type: "s3" }>;
  readonly targets: AzureTargetSpec[];
};

export interface CopyPipelineArgs {
  readonly owner: Owner;
  readonly generation: number;
  readonly spec: BuildableSpec;
  readonly cloud: Cloud;
  readonly foundation: Foundation;
  readonly sasExpiresAt: string;
  readonly data: "keep" | "delete";
}

/** What a pipeline's stack says of itself; no secret among it. */
export interface PipelineOutputs {
  readonly tenant: string;
  readonly pipeline: string;
  readonly kind: "copy";
  readonly sourceBucket: pulumi.Input<string>;
  readonly queueUrl: pulumi.Input<string>;
  readonly deadLetterQueueUrl: pulumi.Input<string>;
  readonly targets: readonly TargetOutputs[];
  readonly ledgerBucket: pulumi.Input<string>;
  readonly ledgerPrefix: string;
  readonly logGroup: pulumi.Input<string>;
  readonly clusterName: pulumi.Input<string>;
  readonly serviceName: pulumi.Input<string>;
  readonly workerRoleName: pulumi.Input<string>;
  readonly workerPolicyName: pulumi.Input<string>;
}

export interface TargetOutputs {
  readonly name: string;
  readonly type: "azure-blob";
  readonly account: pulumi.Input<string>;
  readonly container: pulumi.Input<string>;
  readonly prefix: string;
  readonly endpoint: pulumi.Input<string>;
  readonly sasParameter: pulumi.Input<string>;
  readonly sasExpiresAt: string;
}

/** S3 to Azure Blob by events: bucket, queue, workers, containers, and what watches them. */
export class CopyPipeline extends pulumi.ComponentResource {
  readonly outputs: PipelineOutputs;

  constructor(name: string, args: CopyPipelineArgs, opts?: pulumi.ComponentResourceOptions) {
    const { owner, spec, cloud, foundation, data } = args;
    const transformations = [tagged(pipelineTags(owner))];
    super("causeway:pipelines:CopyPipeline", name, {}, { ...opts, transformations });
    const deletes = spec.deletes.mode;

    const bucket = sourceBucket(spec.source.bucket, owner, cloud, data, this);
    const queue = new EventQueue(name, { owner, cloud, bucketArn: bucket.arn }, { parent: this });
    const { prefix } = spec.source;
    const { events, scan } = spec.discover;
    const subscription = events
      ? bucketQueueSubscription(name, { bucket, queue, prefix, deletes }, this)
      : { bucket: bucket.name };
    if (scan !== undefined) {
      scanSchedule({ owner, cloud, schedule: scan.schedule, queueArn: queue.arn }, this);
    }

    const targets = spec.targets.map((target) => ({
      spec: target,
      made: new AzureTarget(
        pipelineName(owner, target.name),
        { ...args, spec: target, deletes, tags: spec.tags },
        { parent: this },
      ),
    }));

    const role = workerRole({ owner, cloud, reach: reach(args, bucket.arn, queue, targets) }, this);
    const job = jobOf(args, bucket.name, queue, targets);
    const task = workerTask({ owner, foundation, job, role }, this);
    const { workers } = spec.limits;
    const service = workerService({ owner, foundation, task, workers: workers.min }, this);
    const { clusterName } = foundation;
    workerScaling({ owner, clusterName, service, queueName: queue.name, workers }, this);

    const emails = spec.notify?.emails ?? [];
    const topicArns = emails.length === 0 ? [] : [alarmTopic(owner, cloud, emails, this)];
    alarms({ owner, queue, closedSeconds: closedSeconds(spec), topicArns }, this);

    this.outputs = {
      tenant: owner.tenant,
      pipeline: owner.pipeline,
      kind: "copy",
      // Whoever puts an object into the bucket by this name is heard.
      sourceBucket: subscription.bucket,
      queueUrl: queue.url,
      deadLetterQueueUrl: queue.deadLetterUrl,
      targets: targets.map((target) => targetOutputs(target, args)),
      ledgerBucket: foundation.ledgerBucket,
      ledgerPrefix: ledgerPrefix(owner),
      logGroup: task.logGroup,
      clusterName: foundation.clusterName,
      serviceName: service.name,
      workerRoleName: role.name,
      workerPolicyName: role.policyName,
    };
    this.registerOutputs({ ...this.outputs });
  }
}

interface MadeTarget {
  readonly spec: AzureTargetSpec;
  readonly made: AzureTarget;
}

function reach(
  { owner, spec, cloud, foundation }: CopyPipelineArgs,
  bucketArn: pulumi.Input<string>,
  queue: EventQueue,
  targets: readonly MadeTarget[],
) {
  return {
    bucketArn,
    prefix: spec.source.prefix,
    queueArn: queue.arn,
    deadLetterArn: queue.deadLetterArn,
    ledgerArn: pulumi.interpolate`arn:${cloud.partition}:s3:::${foundation.ledgerBucket}`,
    ledgerPrefix: ledgerPrefix(owner),
    parameterArns: pulumi.all(targets.map(({ made }) => made.sasParameterArn)),
    restores: spec.archived.mode === "restore",
    tags: spec.tags,
  };
}

function jobOf(
  { owner, generation, spec, foundation }: CopyPipelineArgs,
  bucket: pulumi.Input<string>,
  queue: EventQueue,
  targets: readonly MadeTarget[],
) {
  return pulumi
    .output({
      bucket,
      region: foundation.region,
      queueUrl: queue.url,
      deadLetterUrl: queue.deadLetterUrl,
      ledgerBucket: foundation.ledgerBucket,
      targets: targets.map(({ made }) => ({
        account: foundation.storageAccount,
        endpoint: foundation.blobEndpoint,
        container: made.container,
        sasParameter: made.sasParameter,
      })),
    })
    .apply((places) => copyJob(owner, generation, spec, places));
}

function targetOutputs(
  { spec, made }: MadeTarget,
  { foundation, sasExpiresAt }: CopyPipelineArgs,
): TargetOutputs {
  return {
    name: spec.name,
    type: spec.type,
    account: foundation.storageAccount,
    container: made.container,
    prefix: spec.prefix,
    endpoint: foundation.blobEndpoint,
    sasParameter: made.sasParameter,
    sasExpiresAt,
  };
}
