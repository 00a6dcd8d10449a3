import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity.js";
import { getRegion } from "@pulumi/aws/getRegion.js";
import { getClientConfig } from "@pulumi/azure-native/authorization/getClientConfig.js";

/** Whose accounts the program works in, as its credentials say; plain values, known in every preview. */
export interface Cloud {
  readonly accountId: string;
  readonly region: string;
  /** `aws`, `aws-cn` or `aws-us-gov`: the second part of every ARN. */
  readonly partition: string;
}

export async function cloud(): Promise<Cloud> {
  const [identity, region] = await Promise.all([getCallerIdentity(), getRegion()]);
  const partition = identity.arn.split(":")[1] ?? "aws";
  return { accountId: identity.accountId, region: region.region, partition };
}

export async function azureSubscription(): Promise<string> {
  return (await getClientConfig()).subscriptionId;
}
