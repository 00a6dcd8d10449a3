import * as pulumi from "@pulumi/pulumi";
import { listStorageAccountServiceSASOutput } from "@pulumi/azure-native/storage/listStorageAccountServiceSAS.js";

export interface ContainerSasArgs {
  readonly account: pulumi.Input<string>;
  readonly resourceGroup: pulumi.Input<string>;
  /** Of a container that exists. */
  readonly container: pulumi.Input<string>;
  readonly deletes: "ignore" | "mirror";
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
      permissions: sasPermissions(args.deletes),
      protocols: "https",
      sharedAccessExpiryTime: args.expiresAt,
      keyToSign: "key1",
    },
    { parent },
  );
  // The provider does not mark what it lists as secret.
  return pulumi.secret(result.serviceSasToken);
}

/** Read, add, create, write and list; delete only for a pipeline that mirrors deletions. In the order that Azure demands. */
export function sasPermissions(deletes: "ignore" | "mirror"): string {
  return deletes === "mirror" ? "racwdl" : "racwl";
}
