import { flag, optionalNumber, optionalText, records, text, texts } from "../framework/access.ts";
import { ProviderError } from "../wire/errors.ts";
import { containsUnknown, isRecord, reveal, type Props, type Value } from "../wire/values.ts";
import type { SubnetKind, SubnetSpec } from "./subnet-layout.ts";

/** The arguments that shape the component, and so must be known when it is built. */
export interface VpcArgs {
  readonly cidrBlock: string;
  readonly zoneNames: readonly string[] | undefined;
  readonly zoneCount: number;
  readonly zoneMask: number | undefined;
  readonly nat: "None" | "Single" | "OnePerAz";
  /** May be values that are not known yet. */
  readonly allocationIds: readonly Value[];
  readonly strategy: "Legacy" | "Auto" | "Exact";
  readonly nameTags: "Legacy" | "AvailabilityZone";
  readonly endpoints: "Legacy" | "Auto";
  readonly specs: readonly SubnetSpec[] | undefined;
  readonly endpointSpecs: readonly Props[];
}

/** Throws, in the component's own words, for what the real one refuses. */
export function parseVpcArgs(inputs: Props): VpcArgs {
  if (inputs["availabilityZoneNames"] && inputs["numberOfAvailabilityZones"]) {
    throw new ProviderError(
      "Only one of [availabilityZoneNames] and [numberOfAvailabilityZones] can be specified",
    );
  }
  for (const name of ["ipv4IpamPoolId", "ipv6IpamPoolId", "assignGeneratedIpv6CidrBlock"]) {
    if ((inputs[name] ?? null) === null || inputs[name] === false) continue;
    throw new ProviderError(`awsx:ec2:Vpc "${name}" is not in the embedded clouds yet`);
  }
  const plain = plainOf(inputs, [
    "availabilityZoneNames",
    "numberOfAvailabilityZones",
    "availabilityZoneCidrMask",
    "cidrBlock",
    "subnetStrategy",
    "subnetNameTagStrategy",
    "vpcEndpointStrategy",
  ]);
  const nat = natOf(inputs["natGateways"]);
  const zoneNames = plain["availabilityZoneNames"]
    ? texts(plain, "availabilityZoneNames")
    : undefined;
  const zoneCount = zoneNames?.length ?? optionalNumber(plain, "numberOfAvailabilityZones") ?? 3;
  refuseWrongAddresses(nat.strategy, nat.allocationIds.length, zoneCount);
  return {
    cidrBlock: optionalText(plain, "cidrBlock") ?? "10.0.0.0/16",
    zoneNames,
    zoneCount,
    zoneMask: optionalNumber(plain, "availabilityZoneCidrMask"),
    nat: nat.strategy,
    allocationIds: nat.allocationIds,
    strategy: choice(plain, "subnetStrategy", ["Legacy", "Auto", "Exact"]),
    nameTags: choice(plain, "subnetNameTagStrategy", ["Legacy", "AvailabilityZone"]),
    endpoints: choice(plain, "vpcEndpointStrategy", ["Legacy", "Auto"]),
    specs: inputs["subnetSpecs"] ? listOf(inputs["subnetSpecs"]).map(specOf) : undefined,
    endpointSpecs: inputs["vpcEndpointSpecs"] ? listOf(inputs["vpcEndpointSpecs"]) : [],
  };
}

/** A NAT gateway needs a public subnet to stand in and a private one to serve. */
export function refuseNatWithoutSubnets(
  strategy: VpcArgs["nat"],
  kinds: ReadonlySet<SubnetKind>,
): void {
  if (strategy === "None" || (kinds.has("Public") && kinds.has("Private"))) return;
  throw new ProviderError(
    "If NAT Gateway strategy is 'OnePerAz' or 'Single', both private and public subnets must be declared. " +
      "The private subnet creates the need for a NAT Gateway, and the public subnet is required to host the NAT Gateway resource.",
  );
}

function natOf(value: Value | undefined): {
  strategy: VpcArgs["nat"];
  allocationIds: Value[];
} {
  if (value === undefined || value === null) return { strategy: "OnePerAz", allocationIds: [] };
  const nat = outer(value);
  const ids = nat["elasticIpAllocationIds"] ?? [];
  return {
    strategy: choice(plainOf(nat, ["strategy"]), "strategy", ["OnePerAz", "Single", "None"]),
    allocationIds: Array.isArray(ids) ? ids : listOfValues(ids),
  };
}

function refuseWrongAddresses(strategy: VpcArgs["nat"], given: number, zones: number): void {
  if (strategy === "None" && given > 0) {
    throw new ProviderError(
      `Elastic IP allocation IDs cannot be specified when NAT Gateway strategy is '${strategy}'.`,
    );
  }
  if (strategy === "Single" && given > 1) {
    throw new ProviderError(
      `Exactly one Elastic IP may be specified when NAT Gateway strategy is '${strategy}'.`,
    );
  }
  if (strategy === "OnePerAz" && given > 0 && given !== zones) {
    throw new ProviderError(
      `The number of Elastic IPs, if specified, must match the number of availability zones for the VPC (${zones}) when NAT Gateway strategy is '${strategy}'`,
    );
  }
}

function specOf(spec: Props): SubnetSpec {
  const plain = plainOf(spec, [
    "type",
    "name",
    "cidrMask",
    "size",
    "cidrBlocks",
    "assignIpv6AddressOnCreation",
  ]);
  const type = choice(plain, "type", ["Public", "Private", "Isolated", "Unused"]);
  const cidrMask = maskOf(plain);
  const name = optionalText(plain, "name");
  return {
    type,
    ...(name === undefined ? {} : { name }),
    ...(cidrMask === undefined ? {} : { cidrMask }),
    ...(plain["cidrBlocks"] ? { cidrBlocks: texts(plain, "cidrBlocks") } : {}),
    ...(spec["tags"] === undefined ? {} : { tags: spec["tags"] }),
    ...(flag(plain, "assignIpv6AddressOnCreation") ? { assignIpv6AddressOnCreation: true } : {}),
  };
}

/** A size is a power of two from 4 up; size and mask must agree. */
function maskOf(spec: Props): number | undefined {
  const [mask, size] = [optionalNumber(spec, "cidrMask"), optionalNumber(spec, "size")];
  if (size === undefined) return mask;
  const bits = 32 - Math.log2(size);
  if (!Number.isInteger(bits) || size < 4) {
    throw new ProviderError(`Invalid subnet specifications: ${size} is not a valid subnet size.`);
  }
  if (mask === undefined || mask === bits) return bits;
  throw new ProviderError(
    `Invalid subnet specifications: Subnet size ${size} does not match the expected size for a /${mask} subnet (${2 ** (32 - mask)}).`,
  );
}

/** The named values, revealed; the component cannot be shaped by what is not known. */
function plainOf(props: Props, names: readonly string[]): Props {
  const entries = names.flatMap((name) => {
    const value = props[name];
    if (value === undefined || value === null) return [];
    const plain = reveal(value);
    if (containsUnknown(plain)) {
      throw new ProviderError(`awsx:ec2:Vpc needs "${name}" to be known when it is built`);
    }
    return [[name, plain] as const];
  });
  return Object.fromEntries(entries);
}

/** Names of choices are matched whatever their case, as the component does. */
function choice<T extends string>(props: Props, name: string, choices: readonly [T, ...T[]]): T {
  const given = props[name] === undefined ? choices[0] : text(props, name);
  const found = choices.find((one) => one.toLowerCase() === given.toLowerCase());
  if (found !== undefined) return found;
  throw new ProviderError(`Unknown ${name} '${given}': expected one of ${choices.join(", ")}`);
}

function outer(value: Value): Props {
  if (isRecord(value)) return value;
  const plain = reveal(value);
  return isRecord(plain) ? plain : {};
}

function listOf(value: Value): Props[] {
  return records({ value: Array.isArray(value) ? value : reveal(value) }, "value");
}

function listOfValues(value: Value): Value[] {
  const plain = reveal(value);
  return Array.isArray(plain) ? plain : [];
}
