/** Names as azure-native's SDK gives them (flattened ARM properties); rest.ts speaks ARM's own wire form. */

export interface ResourceGroup {
  readonly id: string;
  readonly name: string;
  readonly type: "Microsoft.Resources/resourceGroups";
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly provisioningState: "Succeeded";
}

export interface ResourceGroupArgs {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** An IPv4 address or a CIDR range that the account's firewall lets in. */
export interface IpRule {
  readonly iPAddressOrRange: string;
  readonly action?: "Allow" | undefined;
}

export interface NetworkRuleSet {
  readonly defaultAction: "Allow" | "Deny";
  /** For example `AzureServices, Logging`; lets Azure's own services in, never an outsider. */
  readonly bypass?: string | undefined;
  readonly ipRules?: readonly IpRule[] | undefined;
  readonly virtualNetworkRules?: readonly unknown[] | undefined;
  readonly resourceAccessRules?: readonly unknown[] | undefined;
}

/** A firewall with its defaults filled in. */
export type WholeRuleSet = {
  readonly [Part in keyof NetworkRuleSet]-?: NonNullable<NetworkRuleSet[Part]>;
};

export interface StorageAccountArgs {
  readonly location?: string | undefined;
  readonly kind?: string | undefined;
  readonly sku?: { readonly name: string; readonly tier?: string | undefined } | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly accessTier?: string | undefined;
  readonly networkRuleSet?: NetworkRuleSet | undefined;
  readonly minimumTlsVersion?: string | undefined;
  readonly allowBlobPublicAccess?: boolean | undefined;
  readonly allowSharedKeyAccess?: boolean | undefined;
  readonly allowCrossTenantReplication?: boolean | undefined;
  readonly enableHttpsTrafficOnly?: boolean | undefined;
  readonly defaultToOAuthAuthentication?: boolean | undefined;
  readonly publicNetworkAccess?: "Enabled" | "Disabled" | undefined;
}

/** A storage account with every default filled in, as ARM answers it. */
export interface StorageAccount {
  readonly id: string;
  readonly name: string;
  readonly type: "Microsoft.Storage/storageAccounts";
  readonly location: string;
  readonly kind: string;
  readonly sku: { readonly name: string; readonly tier: string };
  readonly tags: Readonly<Record<string, string>>;
  readonly accessTier: string;
  readonly networkRuleSet: WholeRuleSet;
  readonly minimumTlsVersion: string;
  readonly allowBlobPublicAccess: boolean;
  readonly allowSharedKeyAccess: boolean;
  readonly allowCrossTenantReplication: boolean;
  readonly enableHttpsTrafficOnly: boolean;
  readonly defaultToOAuthAuthentication: boolean;
  readonly publicNetworkAccess: "Enabled" | "Disabled";
  readonly provisioningState: "Succeeded";
  readonly statusOfPrimary: "available";
  readonly primaryLocation: string;
  readonly creationTime: string;
  readonly primaryEndpoints: { readonly blob: string };
}

export interface StorageAccountKey {
  readonly keyName: "key1" | "key2";
  /** Base64 of 64 random bytes. */
  readonly value: string;
  readonly permissions: "FULL";
  readonly creationTime: string;
}

export type PublicAccess = "None" | "Blob" | "Container";

export interface ContainerArgs {
  readonly publicAccess?: PublicAccess | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly type: "Microsoft.Storage/storageAccounts/blobServices/containers";
  readonly etag: string;
  readonly publicAccess: PublicAccess;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lastModifiedTime: string;
  readonly leaseStatus: string;
  readonly leaseState: string;
  readonly hasImmutabilityPolicy: false;
  readonly hasLegalHold: false;
}

/** Kept and answered; Azurite itself has neither soft delete nor versions. */
export interface BlobServiceProperties {
  readonly id: string;
  readonly name: "default";
  readonly type: "Microsoft.Storage/storageAccounts/blobServices";
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Parameters of ARM's listServiceSas, by their names in azure-native. */
export interface ServiceSasParameters {
  /** `/blob/ACCOUNT/CONTAINER` or `/blob/ACCOUNT/CONTAINER/BLOB`. */
  readonly canonicalizedResource: string;
  /** `c` a container, `b` a blob. */
  readonly resource?: string | undefined;
  readonly permissions?: string | undefined;
  readonly sharedAccessStartTime?: string | undefined;
  readonly sharedAccessExpiryTime?: string | undefined;
  /** `https` or `https,http`. */
  readonly protocols?: string | undefined;
  readonly identifier?: string | undefined;
  readonly keyToSign?: string | undefined;
  readonly iPAddressOrRange?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly contentType?: string | undefined;
}

/** Parameters of ARM's listAccountSas, by their names in azure-native. */
export interface AccountSasParameters {
  /** Of `b`, `q`, `t`, `f`. */
  readonly services: string;
  /** Of `s`, `c`, `o`. */
  readonly resourceTypes: string;
  readonly permissions: string;
  readonly sharedAccessExpiryTime: string;
  readonly sharedAccessStartTime?: string | undefined;
  readonly protocols?: string | undefined;
  readonly keyToSign?: string | undefined;
  readonly iPAddressOrRange?: string | undefined;
}

export interface StoredKey {
  readonly value: string;
  readonly creationTime: string;
}

/** A row of the accounts table: all that the front must know to judge a request. */
export interface AccountRow {
  readonly group: string;
  readonly account: Omit<StorageAccount, "primaryEndpoints">;
  readonly keys: readonly [StoredKey, StoredKey];
  readonly blobService: Readonly<Record<string, unknown>>;
}
