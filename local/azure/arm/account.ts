import { ArmError } from "./errors.ts";
import type { AccountRow, NetworkRuleSet, StorageAccountArgs, WholeRuleSet } from "./model.ts";
import { checkNetworkRuleSet } from "./rules.ts";
import { accountId } from "./state.ts";

type Account = AccountRow["account"];

/** A new account with ARM's defaults. Pure but for the clock; throws what ARM answers. */
export function newAccount(
  group: string,
  name: string,
  args: StorageAccountArgs,
  now: Date,
): Account {
  const { location, kind, sku } = args;
  for (const [field, value] of Object.entries({ location, kind, sku })) {
    if (value === undefined) throw required(field);
  }
  return changedAccount(
    {
      id: accountId(group, name),
      name,
      type: "Microsoft.Storage/storageAccounts",
      location: location ?? "",
      kind: kind ?? "",
      sku: { name: "", tier: "" },
      tags: {},
      accessTier: "Hot",
      networkRuleSet: wholeRules({ defaultAction: "Allow" }),
      minimumTlsVersion: "TLS1_2",
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: true,
      allowCrossTenantReplication: false,
      enableHttpsTrafficOnly: true,
      defaultToOAuthAuthentication: false,
      publicNetworkAccess: "Enabled",
      provisioningState: "Succeeded",
      statusOfPrimary: "available",
      primaryLocation: location ?? "",
      creationTime: now.toISOString(),
    },
    args,
  );
}

/** The account after a PUT or PATCH: what the request leaves out stays as it is. Pure; throws what ARM answers. */
export function changedAccount(account: Account, args: StorageAccountArgs): Account {
  if (args.location !== undefined && normal(args.location) !== normal(account.location)) {
    throw new ArmError(
      409,
      "InvalidResourceLocation",
      `The resource '${account.name}' already exists in location '${account.location}'. A resource with the same name cannot be created in location '${args.location}'.`,
    );
  }
  if (args.networkRuleSet !== undefined) checkNetworkRuleSet(args.networkRuleSet);
  const { networkRuleSet, sku, ...plain } = args;
  const given = Object.fromEntries(
    Object.entries(plain).filter(([, value]) => value !== undefined),
  );
  return {
    ...account,
    ...given,
    location: account.location,
    ...(sku === undefined ? {} : { sku: { name: sku.name, tier: sku.name.split("_")[0] ?? "" } }),
    ...(networkRuleSet === undefined ? {} : { networkRuleSet: wholeRules(networkRuleSet) }),
  };
}

function wholeRules(rules: NetworkRuleSet): WholeRuleSet {
  return {
    defaultAction: rules.defaultAction,
    bypass: rules.bypass ?? "AzureServices",
    ipRules: (rules.ipRules ?? []).map(({ iPAddressOrRange }) => ({
      iPAddressOrRange,
      action: "Allow",
    })),
    virtualNetworkRules: rules.virtualNetworkRules ?? [],
    resourceAccessRules: rules.resourceAccessRules ?? [],
  };
}

function normal(location: string): string {
  return location.toLowerCase().replaceAll(" ", "");
}

function required(field: string): ArmError {
  return field === "location"
    ? new ArmError(
        400,
        "LocationRequired",
        "The location property is required for this definition.",
      )
    : new ArmError(400, "InvalidRequestContent", `The property '${field}' is required.`);
}
