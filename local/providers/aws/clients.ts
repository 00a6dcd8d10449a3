import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";

export interface AwsEndpoint {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Clients for the services that the provider acts on, as the operator. */
export interface AwsClients {
  readonly ecs: ECSClient;
  readonly iam: IAMClient;
  readonly logs: CloudWatchLogsClient;
  readonly s3: S3Client;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
}

export function awsClients(at: AwsEndpoint): AwsClients {
  return {
    ecs: new ECSClient(at),
    iam: new IAMClient(at),
    logs: new CloudWatchLogsClient(at),
    s3: new S3Client({ ...at, forcePathStyle: true }),
    sns: new SNSClient(at),
    sqs: new SQSClient(at),
    ssm: new SSMClient(at),
  };
}

export function closeClients(clients: AwsClients): void {
  for (const client of Object.values(clients) as { destroy(): void }[]) client.destroy();
}

/** The answer, or undefined when the cloud says that the thing does not exist, by one of these error names. */
export async function unlessMissing<T>(
  answer: Promise<T>,
  ...names: readonly string[]
): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && names.includes(error.name)) return undefined;
    throw error;
  }
}

/** `[{ Key, Value }]` as most services write tags. */
export function tagList(tags: Record<string, string>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagMap(
  tags:
    | readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]
    | undefined,
): Record<string, string> {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? "", Value ?? ""]));
}

/** Brings tags to what they should be: takes off what is too much, puts on what is missing or different. */
export async function syncTags(
  present: Record<string, string>,
  wanted: Record<string, string>,
  change: {
    remove: (keys: string[]) => Promise<unknown>;
    add: (tags: Record<string, string>) => Promise<unknown>;
  },
): Promise<void> {
  const extra = Object.keys(present).filter((key) => !(key in wanted));
  const missing = Object.entries(wanted).filter(([key, value]) => present[key] !== value);
  if (extra.length > 0) await change.remove(extra);
  if (missing.length > 0) await change.add(Object.fromEntries(missing));
}
