import type {
  AccountSasParameters,
  Container,
  ContainerArgs,
  NetworkRuleSet,
  ServiceSasParameters,
  StorageAccount,
  StorageAccountArgs,
} from "./model.ts";

/** ARM's own JSON, where it differs from the names that azure-native gives. */
export type Json = Readonly<Record<string, unknown>>;

export function accountToWire(account: StorageAccount): Json {
  const {
    id,
    name,
    type,
    location,
    kind,
    sku,
    tags,
    networkRuleSet,
    enableHttpsTrafficOnly,
    ...rest
  } = account;
  const { ipRules, ...rules } = networkRuleSet;
  return {
    id,
    name,
    type,
    location,
    kind,
    sku,
    tags,
    properties: {
      ...rest,
      supportsHttpsTrafficOnly: enableHttpsTrafficOnly,
      networkAcls: {
        ...rules,
        ipRules: ipRules.map(({ iPAddressOrRange, action }) => ({
          value: iPAddressOrRange,
          action,
        })),
      },
    },
  };
}

interface WireAccount {
  readonly location?: string;
  readonly kind?: string;
  readonly sku?: { readonly name: string };
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: {
    readonly networkAcls?: Omit<NetworkRuleSet, "ipRules"> & {
      readonly ipRules?: readonly { readonly value: string }[];
    };
    readonly supportsHttpsTrafficOnly?: boolean;
    readonly minimumTlsVersion?: string;
    readonly accessTier?: string;
    readonly allowBlobPublicAccess?: boolean;
    readonly allowSharedKeyAccess?: boolean;
    readonly allowCrossTenantReplication?: boolean;
    readonly defaultToOAuthAuthentication?: boolean;
    readonly publicNetworkAccess?: "Enabled" | "Disabled";
  };
}

export function accountFromWire(json: Json): StorageAccountArgs {
  const { location, kind, sku, tags, properties = {} } = json as WireAccount;
  const { networkAcls, supportsHttpsTrafficOnly } = properties;
  return {
    location,
    kind,
    sku,
    tags,
    networkRuleSet: networkAcls && {
      ...networkAcls,
      ipRules: networkAcls.ipRules?.map(({ value }) => ({ iPAddressOrRange: value })),
    },
    enableHttpsTrafficOnly: supportsHttpsTrafficOnly,
    minimumTlsVersion: properties.minimumTlsVersion,
    accessTier: properties.accessTier,
    allowBlobPublicAccess: properties.allowBlobPublicAccess,
    allowSharedKeyAccess: properties.allowSharedKeyAccess,
    allowCrossTenantReplication: properties.allowCrossTenantReplication,
    defaultToOAuthAuthentication: properties.defaultToOAuthAuthentication,
    publicNetworkAccess: properties.publicNetworkAccess,
  };
}

export function containerToWire(container: Container): Json {
  const { id, name, type, etag, ...properties } = container;
  return { id, name, type, etag, properties };
}

export function containerFromWire(json: Json): ContainerArgs {
  return (json as { properties?: ContainerArgs }).properties ?? {};
}

export function serviceSasFromWire(json: Json): ServiceSasParameters {
  const text = reader(json);
  return {
    canonicalizedResource: text("canonicalizedResource") ?? "",
    resource: text("signedResource"),
    permissions: text("signedPermission"),
    sharedAccessStartTime: text("signedStart"),
    sharedAccessExpiryTime: text("signedExpiry"),
    protocols: text("signedProtocol"),
    identifier: text("signedIdentifier"),
    keyToSign: text("keyToSign"),
    iPAddressOrRange: text("signedIp"),
    cacheControl: text("rscc"),
    contentDisposition: text("rscd"),
    contentEncoding: text("rsce"),
    contentLanguage: text("rscl"),
    contentType: text("rsct"),
  };
}

export function accountSasFromWire(json: Json): AccountSasParameters {
  const text = reader(json);
  return {
    services: text("signedServices") ?? "",
    resourceTypes: text("signedResourceTypes") ?? "",
    permissions: text("signedPermission") ?? "",
    sharedAccessStartTime: text("signedStart"),
    sharedAccessExpiryTime: text("signedExpiry") ?? "",
    protocols: text("signedProtocol"),
    keyToSign: text("keyToSign"),
    iPAddressOrRange: text("signedIp"),
  };
}

function reader(json: Json): (name: string) => string | undefined {
  return (name) => {
    const value = json[name];
    return typeof value === "string" ? value : undefined;
  };
}
