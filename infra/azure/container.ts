import type * as pulumi from "@pulumi/pulumi";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";

export interface ContainerArgs {
  readonly containerName: string;
  readonly account: pulumi.Input<string>;
  readonly resourceGroup: pulumi.Input<string>;
  readonly data: "keep" | "delete";
}

/** A target's container. The provider refuses to make one that exists: no pipeline takes over another's. */
export function container(
  name: string,
  args: ContainerArgs,
  parent: pulumi.Resource,
): BlobContainer {
  return new BlobContainer(
    name,
    {
      containerName: args.containerName,
      accountName: args.account,
      resourceGroupName: args.resourceGroup,
      publicAccess: "None",
    },
    { parent, retainOnDelete: args.data === "keep" },
  );
}
