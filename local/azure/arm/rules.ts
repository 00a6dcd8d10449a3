import { BlockList, isIPv4 } from "node:net";
import { ArmError, invalidParameter } from "./errors.ts";
import type { NetworkRuleSet } from "./model.ts";

/** Throws what ARM answers to a resource group's name: 1-90 letters, digits, `._()-`, no dot at the end. */
export function checkGroupName(name: string): void {
  if (/^[\p{L}\p{N}._()-]{1,90}$/u.test(name) && !name.endsWith(".")) return;
  throw new ArmError(
    400,
    "InvalidResourceGroup",
    `The provided resource group name '${name}' has these invalid characters or is longer than 90 characters or ends with a period. ` +
      "The name can only be a letter, digit, '-', '.', '(', ')' or '_'.",
  );
}

/** Throws what ARM answers to an account's name: 3-24 lower-case letters and digits. */
export function checkAccountName(name: string): void {
  if (/^[a-z0-9]{3,24}$/.test(name)) return;
  throw new ArmError(
    400,
    "AccountNameInvalid",
    `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
  );
}

/** Throws what ARM answers to a container's name: 3-63 of lower-case letters, digits and single hyphens inside. */
export function checkContainerName(name: string): void {
  const system = name === "$root" || name === "$web" || name === "$logs";
  if (system || (/^[a-z0-9](?:-?[a-z0-9])+$/.test(name) && name.length >= 3 && name.length <= 63)) {
    return;
  }
  throw new ArmError(
    400,
    "ContainerOperationFailure",
    "The specified resource name contains invalid characters or its length is not within the permissible limits.",
  );
}

const privateRanges = privateRangeList();

/**
 * Throws what ARM answers to a firewall that it does not take: addresses must be public IPv4, single ones bare;
 * /31 and /32 are refused, so are private ranges; at most 400 rules.
 * https://learn.microsoft.com/azure/storage/common/storage-network-security
 */
export function checkNetworkRuleSet(rules: NetworkRuleSet): void {
  const ipRules = rules.ipRules ?? [];
  const accepted =
    ipRules.length <= 400 && ipRules.every((rule) => isAccepted(rule.iPAddressOrRange));
  if (!accepted) {
    throw invalidParameter(
      "networkAcls.ipRule[*].value",
      "For more information, see - https://aka.ms/storagenetworkruleset",
    );
  }
  for (const item of (rules.bypass ?? "None").split(",")) {
    if (!["None", "AzureServices", "Logging", "Metrics"].includes(item.trim())) {
      throw invalidParameter("networkAcls.bypass");
    }
  }
  const action: string = rules.defaultAction;
  if (action !== "Allow" && action !== "Deny") throw invalidParameter("networkAcls.defaultAction");
}

function isAccepted(rule: string): boolean {
  const [address = "", bits, ...rest] = rule.split("/");
  if (!isIPv4(address) || rest.length > 0 || privateRanges.check(address)) return false;
  return bits === undefined || (/^\d{1,2}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= 30);
}

function privateRangeList(): BlockList {
  const list = new BlockList();
  list.addSubnet("10.0.0.0", 8);
  list.addSubnet("172.16.0.0", 12);
  list.addSubnet("192.168.0.0", 16);
  return list;
}

/** Whether the firewall lets a request from this address in. Pure. */
export function letsIn(rules: NetworkRuleSet, sourceAddress: string): boolean {
  if (rules.defaultAction === "Allow") return true;
  return (rules.ipRules ?? []).some(({ iPAddressOrRange }) =>
    covers(iPAddressOrRange, sourceAddress),
  );
}

/** Whether an address or CIDR range holds the address. Pure. */
export function covers(addressOrRange: string, address: string): boolean {
  const [base = "", bits] = addressOrRange.split("/");
  if (!isIPv4(base) || !isIPv4(address)) return false;
  const list = new BlockList();
  list.addSubnet(base, bits === undefined ? 32 : Number(bits));
  return list.check(address);
}
