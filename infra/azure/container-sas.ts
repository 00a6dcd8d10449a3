import * as pulumi from "@pulumi/pulumi";
import { listStorageAccountServiceSASOutput } from "@pulumi/azure-native/storage/listStorageAccountServiceSAS.js";

export interface ContainerSasArgs {
  readonly account: pulumi.Input<string>;
  readonly resourceGroup: pulumi.Input<string>;
  /** Of a container that exists. */
  readonly container: pulumi.Input<string>;
  readonly deletes: "ignore" | "mirror";
  readonly tags: "ignore" | "copy";
  /** ISO 8601, from `sasExpiry`. */
  readonly expiresAt: string;
}

/** A SAS for one container, as a secret. The same arguments and account key give the same SAS. */
export function containerSas(
  args: ContainerSasArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const result = listStorageAccountServiceSASOutput(
    {
      accountName: args.account,
      resourceGroupName: args.resourceGroup,
      canonicalizedResource: pulumi.interpolate`/blob/${args.account}/${args.container}`,
      resource: "c",
      permissions: sasPermissions(args),
      protocols: "https",
      sharedAccessExpiryTime: args.expiresAt,
      keyToSign: "key1",
    },
    { parent },
  );
  // What is not asked for in a preview names no dependencies there, and a plan holds the engine to those that it saw.
  const token = pulumi.all([args.container, result.serviceSasToken]).apply(([, sas]) => sas);
  // The provider does not mark what it lists as secret.
  return pulumi.secret(token);
}

/** Read, add, create, write and list; delete and tag only for a pipeline that does so. In the order that Azure demands. */
export function sasPermissions({
  deletes,
  tags,
}: Pick<ContainerSasArgs, "deletes" | "tags">): string {
  return `racw${deletes === "mirror" ? "d" : ""}l${tags === "copy" ? "t" : ""}`;
}
