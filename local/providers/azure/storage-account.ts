import type { Arm } from "../../azure/arm/arm.ts";
import type { StorageAccount, StorageAccountArgs } from "../../azure/arm/model.ts";
import { optionalText, record, records, text } from "../framework/access.ts";
import type { Live, ResourceType } from "../framework/resource-type.ts";
import { name, oneOf } from "../framework/rules.ts";
import type { Props, Value } from "../wire/values.ts";
import { partsOf, refuseExisting, unlessGone, type AzureScope } from "./scope.ts";

/** What ARM gives an account that is told nothing else. Sent along, so that a setting taken out of the program goes back to it. */
const defaults: Props = {
  accessTier: "Hot",
  allowBlobPublicAccess: false,
  allowCrossTenantReplication: false,
  allowSharedKeyAccess: true,
  defaultToOAuthAuthentication: false,
  enableHttpsTrafficOnly: true,
  minimumTlsVersion: "TLS1_2",
  publicNetworkAccess: "Enabled",
};
const openRules: Props = {
  bypass: "AzureServices",
  defaultAction: "Allow",
  ipRules: [],
  resourceAccessRules: [],
  virtualNetworkRules: [],
};

export function storageAccount(arm: Arm): ResourceType<AzureScope> {
  const read = (id: string) => {
    const { group, account } = partsOf(id);
    return unlessGone(arm.getStorageAccount(group, account));
  };
  const put = (group: string, account: string, inputs: Props, location: string | undefined) =>
    arm.putStorageAccount(group, account, { ...argsOf(inputs), location });
  return {
    token: "azure-native:storage:StorageAccount",
    autoname: {
      property: "accountName",
      maxLength: 24,
      separator: "",
      random: 8,
      shape: (given) => given.toLowerCase().replaceAll(/[^a-z0-9]/g, ""),
    },
    supports: [
      "accountName",
      "resourceGroupName",
      "location",
      "kind",
      "sku",
      "tags",
      "networkRuleSet",
      ...Object.keys(defaults),
    ],
    replaceOn: ["accountName", "resourceGroupName", "location"],
    sets: [
      "networkRuleSet.ipRules",
      "networkRuleSet.virtualNetworkRules",
      "networkRuleSet.resourceAccessRules",
    ],
    rules: {
      accountName: name({
        min: 3,
        max: 24,
        form: /^[a-z0-9]+$/,
        words: "lower-case letters and digits only",
      }),
      minimumTlsVersion: oneOf("TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"),
      publicNetworkAccess: oneOf("Enabled", "Disabled"),
      accessTier: oneOf("Hot", "Cool", "Cold", "Premium"),
      kind: oneOf("StorageV2", "BlobStorage", "BlockBlobStorage", "Storage", "FileStorage"),
    },
    create: async (inputs, scope) => {
      const [group, account] = [text(inputs, "resourceGroupName"), text(inputs, "accountName")];
      await refuseExisting(unlessGone(arm.getStorageAccount(group, account)));
      const location =
        optionalText(inputs, "location") ??
        scope.location ??
        (await arm.getResourceGroup(group)).location;
      return (await put(group, account, inputs, location)).id;
    },
    settle: async (id, inputs, _scope, before) => {
      if (before === undefined) return;
      const { group, account } = partsOf(id);
      await put(group, account, inputs, undefined);
    },
    read: async (id, inputs): Promise<Live | undefined> => {
      const found = await read(id);
      return found === undefined ? undefined : liveAccount(found, inputs, partsOf(id).group);
    },
    delete: async (id) => {
      const { group, account } = partsOf(id);
      await unlessGone(arm.deleteStorageAccount(group, account));
    },
  };
}

function argsOf(inputs: Props): StorageAccountArgs {
  const plain = Object.fromEntries(
    ["kind", "sku", "tags", ...Object.keys(defaults)].flatMap((property) => {
      const value = inputs[property] ?? (property === "tags" ? {} : defaults[property]);
      return value === undefined ? [] : [[property, value]];
    }),
  );
  const networkRuleSet = { ...openRules, ...record(inputs, "networkRuleSet") };
  return { ...plain, networkRuleSet } as unknown as StorageAccountArgs;
}

function liveAccount(found: StorageAccount, inputs: Props, group: string): Live {
  const settings = Object.entries(defaults).map(([property, usual]): [string, Value, boolean] => {
    const value = (found as unknown as Props)[property] ?? null;
    return [property, value, property in inputs || value !== usual];
  });
  const shown = settings.filter(([, , compared]) => compared);
  const quiet = settings.filter(([, , compared]) => !compared);
  const network = liveRules(found, record(inputs, "networkRuleSet"));
  const compareNetwork = "networkRuleSet" in inputs || !isOpen(network);
  return {
    inputs: {
      ...Object.fromEntries(shown.map(([property, value]) => [property, value])),
      ...(compareNetwork ? { networkRuleSet: network } : {}),
      ...("location" in inputs ? { location: sameLocation(inputs, found.location) } : {}),
      resourceGroupName: sameGroup(inputs, group),
      accountName: found.name,
      kind: found.kind,
      sku: { name: found.sku.name },
      tags: { ...found.tags },
    },
    outputs: {
      ...Object.fromEntries(quiet.map(([property, value]) => [property, value])),
      ...(compareNetwork ? {} : { networkRuleSet: network }),
      ...("location" in inputs ? {} : { location: found.location }),
      azureApiVersion: "2024-01-01",
      creationTime: found.creationTime,
      name: found.name,
      primaryEndpoints: { ...found.primaryEndpoints },
      primaryLocation: found.primaryLocation,
      provisioningState: found.provisioningState,
      statusOfPrimary: found.statusOfPrimary,
      type: found.type,
    },
  };
}

/** The firewall as it is, without the defaults that the program did not write. */
function liveRules(found: StorageAccount, given: Props | undefined): Props {
  const live = JSON.parse(JSON.stringify(found.networkRuleSet)) as Props;
  if (given === undefined) return live;
  const plainRules = records(given, "ipRules").filter((rule) => rule["action"] === undefined);
  const plain = new Set(plainRules.map((rule) => rule["iPAddressOrRange"]));
  const ipRules = records(live, "ipRules").map((rule): Value => {
    const address = rule["iPAddressOrRange"] ?? null;
    return plain.has(address) ? { iPAddressOrRange: address } : rule;
  });
  const result: Props = { ...live, ipRules };
  if (given["bypass"] === undefined && live["bypass"] === openRules["bypass"]) {
    Reflect.deleteProperty(result, "bypass");
  }
  return result;
}

function isOpen(rules: Props): boolean {
  const lists = Object.values(rules).filter((value) => Array.isArray(value));
  return (
    rules["defaultAction"] === openRules["defaultAction"] &&
    rules["bypass"] === openRules["bypass"] &&
    lists.every((list) => list.length === 0)
  );
}

/** `West Europe` and `westeurope` are one place. */
export function sameLocation(inputs: Props, live: string): string {
  const given = optionalText(inputs, "location") ?? live;
  const plain = (place: string) => place.toLowerCase().replaceAll(" ", "");
  return plain(given) === plain(live) ? given : live;
}

function sameGroup(inputs: Props, live: string): string {
  const given = optionalText(inputs, "resourceGroupName") ?? live;
  return given.toLowerCase() === live.toLowerCase() ? given : live;
}
