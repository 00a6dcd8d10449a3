import { contains, formatAddress, overlap, parseCidr, sizeOf } from "./cidr.ts";
import type { SubnetRow, VpcRow } from "./rows.ts";
import { dependencyViolation, ec2Error, newId, type NetworkStore } from "./store.ts";

export type NewVpc = Pick<
  VpcRow,
  "cidrBlock" | "enableDnsSupport" | "enableDnsHostnames" | "instanceTenancy" | "tags"
>;

/** Makes a VPC with what EC2 makes along: its main route table and its default security group. */
export function createVpc(store: NetworkStore, args: NewVpc): VpcRow {
  const range = parseCidr(args.cidrBlock);
  if (range === undefined) {
    const text = `Value (${args.cidrBlock}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`;
    throw ec2Error("InvalidParameterValue", text);
  }
  if (range.bits < 16 || range.bits > 28) {
    throw ec2Error("InvalidVpc.Range", `The CIDR '${args.cidrBlock}' is invalid.`);
  }
  const id = store.newId("vpc");
  const vpc: VpcRow = {
    kind: "vpc",
    id,
    ...args,
    defaultNetworkAclId: newId("acl"),
    dhcpOptionsId: newId("dopt"),
  };
  store.put(vpc);
  store.put({
    kind: "route-table",
    id: store.newId("route-table"),
    vpcId: id,
    main: true,
    routes: [],
    tags: {},
  });
  store.put({
    kind: "security-group",
    id: store.newId("security-group"),
    vpcId: id,
    name: "default",
    description: "default VPC security group",
    tags: {},
  });
  return vpc;
}

/** Refuses while anything but the VPC's own defaults is in it. */
export function deleteVpc(store: NetworkStore, id: string): void {
  if (store.find("vpc", id) === undefined) return;
  const dependents = [
    ...store.all("subnet"),
    ...store.all("internet-gateway"),
    ...store.all("endpoint"),
    ...store.all("route-table").filter((table) => !table.main),
    ...store.all("security-group").filter((group) => group.name !== "default"),
  ].filter((row) => row.vpcId === id);
  if (dependents.length > 0) throw dependencyViolation("vpc", id);
  const own = [...store.all("route-table"), ...store.all("security-group")].filter(
    (row) => row.vpcId === id,
  );
  const groups = new Set(own.map((row) => row.id));
  for (const rule of store.all("security-rule"))
    if (groups.has(rule.groupId)) store.remove(rule.id);
  for (const row of own) store.remove(row.id);
  store.remove(id);
}

export type NewSubnet = Omit<SubnetRow, "kind" | "id">;

export function createSubnet(
  store: NetworkStore,
  args: NewSubnet,
  zones: readonly string[],
): SubnetRow {
  const vpc = store.get("vpc", args.vpcId);
  const [range, whole] = [parseCidr(args.cidrBlock), parseCidr(vpc.cidrBlock)];
  if (range === undefined || whole === undefined || !contains(whole, range) || range.bits > 28) {
    throw ec2Error("InvalidSubnet.Range", `The CIDR '${args.cidrBlock}' is invalid.`);
  }
  const taken = store.all("subnet").filter((other) => other.vpcId === args.vpcId);
  if (taken.some((other) => overlap(range, parseCidr(other.cidrBlock) ?? range))) {
    const text = `The CIDR '${args.cidrBlock}' conflicts with another subnet`;
    throw ec2Error("InvalidSubnet.Conflict", text);
  }
  if (!zones.includes(args.availabilityZone)) {
    const text = `Value (${args.availabilityZone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(", ")}.`;
    throw ec2Error("InvalidParameterValue", text);
  }
  const subnet: SubnetRow = { kind: "subnet", id: store.newId("subnet"), ...args };
  store.put(subnet);
  return subnet;
}

/** Refuses while a network interface is in it; associations of route tables go with it. */
export function deleteSubnet(store: NetworkStore, id: string): void {
  if (store.find("subnet", id) === undefined) return;
  const used =
    store.all("nat-gateway").some((nat) => nat.subnetId === id) ||
    store.all("endpoint").some((endpoint) => endpoint.subnetIds.includes(id));
  if (used) throw dependencyViolation("subnet", id);
  for (const row of store.all("association")) if (row.subnetId === id) store.remove(row.id);
  store.remove(id);
}

/** An address inside the subnet for a network interface; the first four are EC2's own. */
export function interfaceAddress(subnet: SubnetRow, taken: number): string {
  const range = parseCidr(subnet.cidrBlock) ?? { base: 0, bits: 28 };
  return formatAddress(range.base + 4 + (taken % (sizeOf(range) - 5)));
}
