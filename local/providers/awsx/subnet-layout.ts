import {
  formatCidr,
  nextAfter,
  overlap,
  parseCidr,
  sizeOf,
  subnetOf,
  type Cidr,
} from "../../aws/network/cidr.ts";
import { ProviderError } from "../wire/errors.ts";
import type { Value } from "../wire/values.ts";

export type SubnetKind = "Public" | "Private" | "Isolated" | "Unused";

/** What the program asks for in each zone. */
export interface SubnetSpec {
  readonly type: SubnetKind;
  readonly name?: string;
  readonly cidrMask?: number;
  readonly cidrBlocks?: readonly string[];
  readonly tags?: Value;
  readonly assignIpv6AddressOnCreation?: boolean;
}

/** One subnet of one zone. */
export interface PlannedSubnet extends Omit<SubnetSpec, "name" | "cidrMask" | "cidrBlocks"> {
  readonly zone: number;
  readonly specName: string;
  readonly range: Cidr;
}

export interface LayoutRequest {
  readonly cidrBlock: string;
  readonly zones: number;
  readonly strategy: "Legacy" | "Auto" | "Exact";
  readonly specs: readonly SubnetSpec[] | undefined;
  readonly zoneMask?: number;
}

/** Divides the VPC's range as awsx does, strategy by strategy; throws for what does not fit. */
export function planSubnets(request: LayoutRequest): PlannedSubnet[] {
  const whole = parseCidr(request.cidrBlock);
  if (whole === undefined) throw new ProviderError(`"${request.cidrBlock}" is not an IPv4 range`);
  const { specs } = request;
  const planned =
    specs === undefined
      ? defaultLayout(whole, request.zones)
      : specs.some((spec) => spec.cidrBlocks !== undefined)
        ? explicitLayout(specs, request.zones)
        : request.strategy === "Legacy"
          ? legacyLayout(whole, request.zones, specs)
          : autoLayout(whole, request, specs);
  refuseOverlaps(planned);
  if (request.strategy === "Exact") refuseGaps(whole, planned);
  return planned;
}

/** Per zone: a private half, then a public quarter. */
function defaultLayout(whole: Cidr, zones: number): PlannedSubnet[] {
  const zoneBits = whole.bits + newBits(zones);
  return zoneRange(zones).flatMap((zone) => {
    const base = subnetOf(whole, zoneBits, zone);
    const own = subnetOf(base, zoneBits + 1, 0);
    const open = subnetOf(nextAfter(own, own.bits), own.bits + 1, 0);
    return [
      { zone, type: "Private" as const, specName: "private", range: own },
      { zone, type: "Public" as const, specName: "public", range: open },
    ];
  });
}

/** Private subnets first (/19 unless told), then public ones (/20), then isolated ones (/24), each after the last. */
function legacyLayout(whole: Cidr, zones: number, specs: readonly SubnetSpec[]): PlannedSubnet[] {
  const zoneBits = whole.bits + newBits(zones);
  const least = zoneBits + (specs.length === 1 ? 0 : 1);
  const groups = (
    [
      ["Private", 19],
      ["Public", 20],
      ["Isolated", 24],
    ] as const
  ).map(([type, bits]) => ({ type, bits, specs: specs.filter((spec) => spec.type === type) }));
  return zoneRange(zones).flatMap((zone) => {
    const planned: PlannedSubnet[] = [];
    let start = subnetOf(whole, zoneBits, zone);
    let last: Cidr | undefined;
    for (const group of groups) {
      group.specs.forEach((spec, at) => {
        const bits = spec.cidrMask ?? Math.max(least, group.bits);
        const wished = subnetOf(start, bits, at);
        const range = last !== undefined && isTaken(wished, last) ? nextAfter(last, bits) : wished;
        planned.push(plan(spec, zone, range));
        last = range;
      });
      if (last !== undefined) start = { base: last.base + sizeOf(last), bits: last.bits };
    }
    return planned;
  });
}

/** As the specs say, in their order, each after the last. */
function autoLayout(
  whole: Cidr,
  request: LayoutRequest,
  specs: readonly SubnetSpec[],
): PlannedSubnet[] {
  if (specs.length === 0) throw new ProviderError("No subnets specified");
  const zoneBits = request.zoneMask ?? whole.bits + newBits(request.zones);
  const usual = zoneBits + newBits(specs.length);
  const room = sizeOf({ base: 0, bits: zoneBits });
  const sizes = specs.map((spec) => sizeOf({ base: 0, bits: spec.cidrMask ?? usual }));
  const needed = sizes.reduce((sum, size) => sum + size, 0);
  if (needed > room) {
    throw new ProviderError(
      `Subnets are too large for VPC. VPC has ${room} addresses, but subnets require ${needed} addresses.`,
    );
  }
  return zoneRange(request.zones).flatMap((zone) => {
    let last: Cidr | undefined;
    return specs.map((spec) => {
      const bits = spec.cidrMask ?? usual;
      const first = { base: subnetOf(whole, zoneBits, zone).base, bits };
      last = last === undefined ? first : nextAfter(last, bits);
      return plan(spec, zone, last);
    });
  });
}

function explicitLayout(specs: readonly SubnetSpec[], zones: number): PlannedSubnet[] {
  return zoneRange(zones).flatMap((zone) =>
    specs.map((spec, at) => {
      if (spec.cidrBlocks === undefined) {
        throw new ProviderError(
          "If any subnet spec has explicit cidrBlocks, all subnets must have explicit cidrBlocks.",
        );
      }
      const text = spec.cidrBlocks[zone];
      if (text === undefined || spec.cidrBlocks.length !== zones) {
        throw new ProviderError(
          `The number of CIDR blocks in subnetSpecs[${at}] must match the number of availability zones (${zones}).`,
        );
      }
      const range = parseCidr(text);
      if (range === undefined) throw new ProviderError(`"${text}" is not an IPv4 range`);
      return plan(spec, zone, range);
    }),
  );
}

function plan(spec: SubnetSpec, zone: number, range: Cidr): PlannedSubnet {
  const { type, tags, assignIpv6AddressOnCreation: ipv6 } = spec;
  return {
    type,
    zone,
    range,
    specName: spec.name ?? type.toLowerCase(),
    ...(tags === undefined ? {} : { tags }),
    ...(ipv6 === undefined ? {} : { assignIpv6AddressOnCreation: ipv6 }),
  };
}

function refuseOverlaps(planned: readonly PlannedSubnet[]): void {
  const bad = planned.filter((one) =>
    planned.some((other) => other !== one && overlap(aligned(one.range), aligned(other.range))),
  );
  if (bad.length === 0) return;
  const list = bad.map((one) => `${one.specName}-${one.zone + 1}: ${formatCidr(one.range)}`);
  throw new ProviderError(
    `The following subnets overlap with at least one other subnet. Make the CIDR for the VPC larger, ` +
      `reduce the size of the subnets per AZ, or use less Availability Zones: ${list.join(", ")}`,
  );
}

function refuseGaps(whole: Cidr, planned: readonly PlannedSubnet[]): void {
  let expected = whole.base;
  for (const { range, specName, zone } of planned) {
    if (range.base !== expected) {
      throw new ProviderError(
        `There are gaps in the subnet ranges, before ${specName}-${zone + 1} (${formatCidr(range)})`,
      );
    }
    expected = range.base + sizeOf(range);
  }
  if (expected !== whole.base + sizeOf(whole)) {
    throw new ProviderError("There are gaps in the subnet ranges, at the end of the VPC");
  }
}

/** Whether the range runs into the one before it, or begins where no range of its size can. */
function isTaken(wished: Cidr, last: Cidr): boolean {
  return aligned(wished).base !== wished.base || overlap(wished, last);
}

function aligned(range: Cidr): Cidr {
  const size = sizeOf(range);
  return { base: Math.floor(range.base / size) * size, bits: range.bits };
}

function newBits(count: number): number {
  return count === 0 ? 0 : Math.ceil(Math.log2(count));
}

function zoneRange(zones: number): number[] {
  return Array.from({ length: zones }, (_, zone) => zone);
}
