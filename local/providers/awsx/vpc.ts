import { formatCidr } from "../../aws/network/cidr.ts";
import { texts } from "../framework/access.ts";
import { ProviderError } from "../wire/errors.ts";
import type { Props, Value } from "../wire/values.ts";
import { all, mergeTags, type Child, type Component } from "./component.ts";
import { planSubnets, type PlannedSubnet } from "./subnet-layout.ts";
import { parseVpcArgs, refuseNatWithoutSubnets, type VpcArgs } from "./vpc-args.ts";
import { vpcEndpoints } from "./vpc-endpoints.ts";

/** Arguments that the aws.ec2.Vpc inside takes as they are. */
const passedOn = [
  "enableDnsHostnames",
  "enableDnsSupport",
  "enableNetworkAddressUsageMetrics",
  "instanceTenancy",
  "region",
];

interface Plan {
  readonly args: VpcArgs;
  readonly zones: readonly string[];
  readonly tags: Value | undefined;
  /** The region, if the program set one for this component. */
  readonly common: Props;
}

/** Everything under one planned subnet. */
interface Branch {
  readonly planned: PlannedSubnet;
  readonly subnet: Child;
  readonly routeTable: Child;
  readonly association: Child;
  readonly eip: Child | undefined;
  readonly nat: Child | undefined;
  readonly route: Child | undefined;
}

/** awsx.ec2.Vpc, with the names, parents and tags of the real component's children. */
export async function buildVpc(component: Component, inputs: Props): Promise<Props> {
  const args = parseVpcArgs(inputs);
  const zones = args.zoneNames ?? (await defaultZones(component, args.zoneCount));
  const planned = planSubnets({
    cidrBlock: args.cidrBlock,
    zones: zones.length,
    strategy: args.strategy,
    specs: args.specs,
    ...(args.zoneMask === undefined ? {} : { zoneMask: args.zoneMask }),
  });
  refuseNatWithoutSubnets(args.nat, new Set(planned.map(({ type }) => type)));
  const { name } = component;
  const common = inputs["region"] === undefined ? {} : { region: inputs["region"] };
  const plan: Plan = { args, zones, tags: inputs["tags"], common };
  const tags = mergeTags({ Name: name }, plan.tags);
  const own = Object.fromEntries(passedOn.flatMap((key) => pick(inputs, key)));
  const vpc = await component.child(
    "aws:ec2/vpc:Vpc",
    name,
    { ...own, cidrBlock: args.cidrBlock, tags },
    {},
  );
  const gateway = component.child(
    "aws:ec2/internetGateway:InternetGateway",
    name,
    { ...common, vpcId: vpc.id, tags },
    under(vpc),
  );
  const branches = buildBranches(component, plan, vpc, gateway, planned);
  const [igw, built] = await bothOf(gateway, branches);
  const generated = {
    routeTableIds: built.map(({ routeTable }) => routeTable.id),
    subnetIds: built
      .filter((branch) => branch.planned.type === "Private")
      .map(({ subnet }) => subnet.id),
  };
  const endpoints = await vpcEndpoints(component, args, common, vpc, generated);
  return outputsOf(vpc, igw, built, endpoints, planned);
}

async function buildBranches(
  component: Component,
  plan: Plan,
  vpc: Child,
  gateway: Promise<Child>,
  planned: readonly PlannedSubnet[],
): Promise<Branch[]> {
  const wanted = planned.filter(({ type }) => type !== "Unused");
  const openSubnets = wanted.filter(({ type }) => type === "Public");
  // A zone's NAT stands in its first public subnet.
  const hosts = openSubnets.filter(
    (one) =>
      one === openSubnets.find(({ zone }) => zone === one.zone) &&
      (plan.args.nat === "OnePerAz" || (plan.args.nat === "Single" && one === openSubnets[0])),
  );
  const open = new Map(
    openSubnets.map((one) => [
      one,
      publicBranch(component, plan, vpc, gateway, one, hosts.includes(one)),
    ]),
  );
  const natOf = async (zone: number): Promise<Child | undefined> => {
    const host = plan.args.nat === "Single" ? hosts[0] : hosts.find((one) => one.zone === zone);
    return host === undefined ? undefined : (await open.get(host))?.nat;
  };
  const branches = wanted.map(
    (one) => open.get(one) ?? closedBranch(component, plan, vpc, one, natOf(one.zone)),
  );
  const order = ["Public", "Private", "Isolated", "Unused"];
  const built = await all(branches);
  return built.toSorted(
    (a, b) =>
      a.planned.zone - b.planned.zone ||
      order.indexOf(a.planned.type) - order.indexOf(b.planned.type),
  );
}

type Trunk = Pick<Branch, "planned" | "subnet" | "routeTable" | "association">;

async function trunk(
  component: Component,
  plan: Plan,
  vpc: Child,
  planned: PlannedSubnet,
): Promise<Trunk> {
  const name = `${component.name}-${planned.specName}-${planned.zone + 1}`;
  const zone = plan.zones[planned.zone] ?? "";
  const shown =
    plan.args.nameTags === "Legacy"
      ? name
      : `${component.name}-${planned.specName}-${zoneSuffix(zone)}`;
  const ours = { Name: shown, SubnetType: planned.type };
  const shared = mergeTags({ Name: component.name }, plan.tags);
  const subnet = await component.child(
    "aws:ec2/subnet:Subnet",
    name,
    {
      ...plan.common,
      vpcId: vpc.id,
      availabilityZone: zone,
      mapPublicIpOnLaunch: planned.type === "Public",
      cidrBlock: formatCidr(planned.range),
      tags: mergeTags(shared, planned.tags, ours),
      ...(planned.assignIpv6AddressOnCreation === true
        ? { assignIpv6AddressOnCreation: true }
        : {}),
    },
    under(vpc),
  );
  const routeTable = await component.child(
    "aws:ec2/routeTable:RouteTable",
    name,
    { ...plan.common, vpcId: vpc.id, tags: mergeTags(shared, ours) },
    under(subnet),
  );
  const association = await component.child(
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    name,
    { ...plan.common, routeTableId: routeTable.id, subnetId: subnet.id },
    under(routeTable),
  );
  return { planned, subnet, routeTable, association };
}

async function publicBranch(
  component: Component,
  plan: Plan,
  vpc: Child,
  gateway: Promise<Child>,
  planned: PlannedSubnet,
  hostsNat: boolean,
): Promise<Branch> {
  const below = await trunk(component, plan, vpc, planned);
  const igw = await gateway;
  const route = await defaultRoute(component, plan, below, { gatewayId: igw.id });
  const { eip, nat } = hostsNat
    ? await natGateway(component, plan, below.subnet, igw, planned.zone)
    : {};
  return { ...below, route, eip, nat };
}

async function closedBranch(
  component: Component,
  plan: Plan,
  vpc: Child,
  planned: PlannedSubnet,
  natPromise: Promise<Child | undefined>,
): Promise<Branch> {
  const [below, nat] = await bothOf(trunk(component, plan, vpc, planned), natPromise);
  const leads = planned.type === "Private" && nat !== undefined;
  const route = leads
    ? await defaultRoute(component, plan, below, { natGatewayId: nat.id })
    : undefined;
  return { ...below, route, eip: undefined, nat: undefined };
}

async function natGateway(
  component: Component,
  plan: Plan,
  subnet: Child,
  gateway: Child,
  zone: number,
): Promise<{ eip: Child | undefined; nat: Child }> {
  const name = `${component.name}-${zone + 1}`;
  const tags = mergeTags(plan.tags, { Name: name });
  const given = plan.args.allocationIds[plan.args.nat === "Single" ? 0 : zone];
  const eip =
    given === undefined
      ? await component.child("aws:ec2/eip:Eip", name, { ...plan.common, tags }, under(subnet))
      : undefined;
  const allocationId = given ?? eip?.output("allocationId") ?? null;
  const nat = await component.child(
    "aws:ec2/natGateway:NatGateway",
    name,
    { ...plan.common, subnetId: subnet.id, allocationId, tags },
    // EC2 makes no public NAT gateway without an internet gateway, and detaches none while a NAT stands.
    { parent: subnet.urn, dependsOn: [subnet.urn, gateway.urn] },
  );
  return { eip, nat };
}

function defaultRoute(
  component: Component,
  plan: Plan,
  { planned, routeTable }: Trunk,
  target: Props,
): Promise<Child> {
  const name = `${component.name}-${planned.specName}-${planned.zone + 1}`;
  return component.child(
    "aws:ec2/route:Route",
    name,
    {
      ...plan.common,
      routeTableId: routeTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      ...target,
    },
    under(routeTable),
  );
}

function outputsOf(
  vpc: Child,
  igw: Child,
  branches: readonly Branch[],
  endpoints: readonly Child[],
  planned: readonly PlannedSubnet[],
): Props {
  const ofKind = (kind: string) =>
    branches.filter((branch) => branch.planned.type === kind).map(({ subnet }) => subnet);
  const references = (children: readonly (Child | undefined)[]): Value[] =>
    children.filter((child) => child !== undefined).map((child) => child.reference);
  const ids = (children: readonly Child[]): Value[] => children.map((child) => child.id);
  return {
    vpc: vpc.reference,
    vpcId: vpc.id,
    internetGateway: igw.reference,
    subnets: references(branches.map(({ subnet }) => subnet)),
    publicSubnets: references(ofKind("Public")),
    privateSubnets: references(ofKind("Private")),
    isolatedSubnets: references(ofKind("Isolated")),
    publicSubnetIds: ids(ofKind("Public")),
    privateSubnetIds: ids(ofKind("Private")),
    isolatedSubnetIds: ids(ofKind("Isolated")),
    routeTables: references(branches.map(({ routeTable }) => routeTable)),
    routeTableAssociations: references(branches.map(({ association }) => association)),
    routes: references(branches.map(({ route }) => route)),
    eips: references(branches.map(({ eip }) => eip)),
    natGateways: references(branches.map(({ nat }) => nat)),
    vpcEndpoints: references(endpoints),
    subnetLayout: planned
      .filter(({ zone }) => zone === 0)
      .map(({ type, specName, range }) => ({
        type,
        cidrMask: range.bits,
        ...(specName === type.toLowerCase() ? {} : { name: specName }),
      })),
  };
}

async function defaultZones(component: Component, count: number): Promise<string[]> {
  const found = await component.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {});
  const names = texts(found, "names");
  if (names.length >= count) return names.slice(0, count);
  throw new ProviderError(
    `The configured region for this provider does not have at least ${count} Availability Zones. ` +
      `Either specify an explicit list of zones in availabilityZoneNames or choose a region with at least ${count} AZs.`,
  );
}

/** `eu-west-1a` -> `1a`. */
function zoneSuffix(zone: string): string {
  return zone.replace(/^[a-z]{2}(?:-[a-z]+)+-/, "");
}

function under(parent: Child): { parent: string; dependsOn: string[] } {
  return { parent: parent.urn, dependsOn: [parent.urn] };
}

function pick(props: Props, key: string): [string, Value][] {
  const value = props[key];
  return value === undefined || value === null ? [] : [[key, value]];
}

async function bothOf<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const settled = await Promise.allSettled([a, b]);
  for (const one of settled) if (one.status === "rejected") throw one.reason;
  return [await a, await b];
}
