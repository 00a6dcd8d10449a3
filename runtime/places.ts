import { AwsClient } from "./aws/client.ts";
import type { CredentialSource } from "./aws/credentials.ts";
import { crc64 } from "./checksum/crc64.ts";
import { Buffers } from "./copy/buffers.ts";
import { Reach } from "./copy/reach.ts";
import type { CostLimit, Means, PlacedTarget, Rate } from "./copy/work.ts";
import { compileScope } from "./decide/filter.ts";
import { mappingOf } from "./decide/mapping.ts";
import type { Policy } from "./decide/policy.ts";
import type { Send } from "./http/send.ts";
import type { AzureJobTarget, CopyJob, JobTarget } from "./job.ts";
import { BlobClient } from "./stores/azure/client.ts";
import { SasParameter, sasFromSsm } from "./stores/azure/sas.ts";
import { AzureTarget } from "./stores/azure/target.ts";
import type { Source, Target } from "./stores/contract.ts";
import { S3Source } from "./stores/s3/source.ts";
import { S3Target } from "./stores/s3/target.ts";

/** Both sides of a job, and what is wished of them. */
export interface Places {
  readonly source: Source;
  readonly targets: readonly PlacedTarget[];
  readonly policy: Policy;
  readonly means: Means;
}

export interface PlaceOptions {
  readonly job: CopyJob;
  /** Of the SSM parameters. */
  readonly region: string;
  /** Requests that are not objects' own: parameters. */
  readonly aws: AwsClient;
  /** Requests for objects, held back to what each cloud can take. */
  readonly send: { readonly source: Send; readonly target: (target: JobTarget) => Send };
  readonly credentials: CredentialSource;
  readonly env: NodeJS.ProcessEnv;
  readonly rate: Rate | undefined;
  readonly budget: CostLimit | undefined;
}

/** Opens what a job names. No cloud is asked yet. */
export function openPlaces(options: PlaceOptions): Places {
  const { job, send, credentials, env } = options;
  // Loads the native checksum now, so that a platform without it is told at the start.
  crc64();
  const writer = `${job.tenant}/${job.pipeline}`;
  return {
    source: new S3Source(new AwsClient(send.source, credentials, env), job.source),
    targets: job.targets.map((target) => ({
      name: target.name,
      prefix: target.prefix,
      store: openTarget(target, options),
      mapping: mappingOf(target.type, { prefix: target.prefix, writer, tiers: job.tiers }),
    })),
    policy: policyOf(job, writer),
    means: {
      buffers: new Buffers(job.limits.bufferBytes),
      by: job.by,
      reach: new Reach(),
      ranges: job.limits.ranges,
      rate: options.rate,
      budget: options.budget,
    },
  };
}

function policyOf(job: CopyJob, writer: string): Policy {
  return {
    scope: compileScope(job.source.prefix, job.filter),
    deletes: job.deletes.mode,
    writer,
    trust: job.trust,
    archived: job.archived,
    tags: job.tags,
    deletions: "hints",
  };
}

function openTarget(target: JobTarget, options: PlaceOptions): Target {
  if (target.type === "azure-blob") return openContainer(target, options);
  const { send, credentials, env } = options;
  return new S3Target(new AwsClient(send.target(target), credentials, env), target);
}

function openContainer(target: AzureJobTarget, { aws, region, send }: PlaceOptions): Target {
  const sas = new SasParameter(sasFromSsm(aws, region, target.sasParameter));
  return new AzureTarget(new BlobClient(send.target(target), sas, target), target);
}
