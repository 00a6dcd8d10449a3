import type * as pulumi from "@pulumi/pulumi";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";

export interface StorageAccountArgs {
  readonly accountName: string;
  readonly resourceGroup: pulumi.Input<string>;
  readonly location: string;
  /** The only addresses that the firewall admits. */
  readonly addresses: readonly pulumi.Input<string>[];
}

/**
 * The account that targets live in: TLS 1.2, nothing public, and a firewall that denies all but the given addresses.
 * Locally redundant: what lies in it is a copy, and a run can make it again.
 */
export function storageAccount(
  name: string,
  args: StorageAccountArgs,
  opts: pulumi.CustomResourceOptions,
): StorageAccount {
  return new StorageAccount(
    name,
    {
      accountName: args.accountName,
      resourceGroupName: args.resourceGroup,
      location: args.location,
      kind: "StorageV2",
      sku: { name: "Standard_LRS" },
      accessTier: "Hot",
      minimumTlsVersion: "TLS1_2",
      enableHttpsTrafficOnly: true,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      // A container SAS is signed with an account key.
      allowSharedKeyAccess: true,
      publicNetworkAccess: "Enabled",
      networkRuleSet: firewall(args.addresses),
    },
    opts,
  );
}

/**
 * Rules mean something under `Deny` only, and `bypass` must be said: the default lets Azure's own services past.
 * A rule is a bare address, since Azure refuses /31, /32 and private ranges.
 */
export function firewall(addresses: readonly pulumi.Input<string>[]) {
  return {
    defaultAction: "Deny" as const,
    bypass: "None",
    ipRules: addresses.map((address) => ({ action: "Allow" as const, iPAddressOrRange: address })),
    virtualNetworkRules: [],
  };
}
