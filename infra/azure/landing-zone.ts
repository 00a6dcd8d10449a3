import * as pulumi from "@pulumi/pulumi";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { resourceGroupName, storageAccountName } from "../names.ts";
import { storageAccount } from "./storage-account.ts";

export interface LandingZoneArgs {
  readonly environment: string;
  readonly subscriptionId: string;
  readonly location: string;
  /** The address by which workers leave AWS. */
  readonly egressAddress: pulumi.Input<string>;
  /** Further addresses that the firewall admits. */
  readonly allowedAddresses: readonly string[];
}

/** The Azure side of a foundation: a resource group and the storage account that targets live in. */
export class LandingZone extends pulumi.ComponentResource {
  readonly resourceGroup: pulumi.Output<string>;
  readonly storageAccount: pulumi.Output<string>;
  /** `https://ACCOUNT.blob.core.windows.net`, without a slash at its end. */
  readonly blobEndpoint: pulumi.Output<string>;

  constructor(name: string, args: LandingZoneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("causeway:azure:LandingZone", name, {}, opts);
    const child = { parent: this };
    const group = new ResourceGroup(
      name,
      { resourceGroupName: resourceGroupName(args.environment), location: args.location },
      child,
    );
    const account = storageAccount(
      name,
      {
        accountName: storageAccountName(args.environment, args.subscriptionId),
        resourceGroup: group.name,
        location: args.location,
        addresses: [args.egressAddress, ...args.allowedAddresses],
      },
      child,
    );
    this.resourceGroup = group.name;
    this.storageAccount = account.name;
    this.blobEndpoint = account.primaryEndpoints.apply(({ blob }) => blob.replace(/\/$/, ""));
    this.registerOutputs({ storageAccount: this.storageAccount, blobEndpoint: this.blobEndpoint });
  }
}
