import { fileURLToPath } from "node:url";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { IAMClient } from "@aws-sdk/client-iam";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";
import { LocalAws, type LocalAwsOptions } from "../../../../local/aws/aws.ts";
import type { NetworkView } from "../../../../local/aws/contract.ts";

export const IMAGE = "fixture:1";
export const NAT_ADDRESS = "203.0.113.7";

/** Subnets named `private-*` leave by a NAT, `public-*` to the internet, others not at all. */
export const network: NetworkView = {
  egressOf: (subnet) => {
    if (subnet.startsWith("private")) return { kind: "nat", address: NAT_ADDRESS };
    if (subnet.startsWith("public")) return { kind: "internet", address: "203.0.113.99" };
    return { kind: "none", why: `${subnet} has no route to the internet.` };
  },
  s3EndpointPolicyOf: () => undefined,
};

const folder = fileURLToPath(new URL("image", import.meta.url));
export const images: LocalAwsOptions["images"] = {
  resolve: (uri) =>
    uri.endsWith(IMAGE) ? { folder, entrypoint: ["node", "/app/main.mjs"] } : undefined,
};

export async function startAws(options: Partial<LocalAwsOptions> = {}): Promise<LocalAws> {
  return LocalAws.start({
    port: 0,
    network,
    images,
    translate: (egress, value) =>
      egress.kind === "nat" ? value.replaceAll("http://azure", `http://${egress.address}`) : value,
    ...options,
  });
}

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Real clients, signing with the root's keys unless told otherwise. */
export function clients(aws: LocalAws, credentials: Keys = aws.adminCredentials) {
  // The SDK writes on the credentials that it is given.
  const own = { ...credentials };
  const settings = { endpoint: aws.endpoint, region: aws.region, credentials: own, maxAttempts: 1 };
  return {
    sqs: new SQSClient(settings),
    sns: new SNSClient(settings),
    sts: new STSClient(settings),
    iam: new IAMClient(settings),
    ssm: new SSMClient(settings),
    ecs: new ECSClient(settings),
    logs: new CloudWatchLogsClient(settings),
  };
}

/** The JSON lines that tasks wrote to a log group. */
export async function linesIn(
  aws: LocalAws,
  logGroupName: string,
): Promise<Record<string, unknown>[]> {
  const { events = [] } = await clients(aws).logs.send(
    new FilterLogEventsCommand({ logGroupName }),
  );
  return events.map(({ message = "" }) => JSON.parse(message) as Record<string, unknown>);
}
