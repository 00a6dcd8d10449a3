/** Everything that the VPC model keeps; one row per EC2 object, by id. Ids look as EC2's do. */
export type NetworkRow =
  | VpcRow
  | SubnetRow
  | RouteTableRow
  | AssociationRow
  | InternetGatewayRow
  | AddressRow
  | NatGatewayRow
  | EndpointRow
  | SecurityGroupRow
  | SecurityRuleRow;

export type Tags = Readonly<Record<string, string>>;

export interface VpcRow {
  readonly kind: "vpc";
  readonly id: string;
  readonly cidrBlock: string;
  readonly enableDnsSupport: boolean;
  readonly enableDnsHostnames: boolean;
  readonly instanceTenancy: string;
  readonly defaultNetworkAclId: string;
  readonly dhcpOptionsId: string;
  readonly tags: Tags;
}

export interface SubnetRow {
  readonly kind: "subnet";
  readonly id: string;
  readonly vpcId: string;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  readonly mapPublicIpOnLaunch: boolean;
  readonly tags: Tags;
}

export interface RouteTableRow {
  readonly kind: "route-table";
  readonly id: string;
  readonly vpcId: string;
  /** The table of every subnet that has no association; it comes and goes with its VPC. */
  readonly main: boolean;
  readonly routes: readonly RouteRow[];
  readonly tags: Tags;
}

/** A route of our own; the `local` one for the VPC's range is implied. */
export interface RouteRow {
  readonly destination: string;
  readonly target: RouteTarget;
}

export interface RouteTarget {
  readonly kind: "internet-gateway" | "nat-gateway";
  readonly id: string;
}

export interface AssociationRow {
  readonly kind: "association";
  readonly id: string;
  readonly routeTableId: string;
  readonly subnetId: string;
}

export interface InternetGatewayRow {
  readonly kind: "internet-gateway";
  readonly id: string;
  readonly vpcId: string | undefined;
  readonly tags: Tags;
}

/** An Elastic IP. `associationId` is set while a NAT gateway uses it. */
export interface AddressRow {
  readonly kind: "address";
  readonly id: string;
  readonly publicIp: string;
  readonly associationId: string | undefined;
  readonly tags: Tags;
}

export interface NatGatewayRow {
  readonly kind: "nat-gateway";
  readonly id: string;
  readonly subnetId: string;
  readonly allocationId: string | undefined;
  readonly connectivityType: "public" | "private";
  readonly privateIp: string;
  readonly networkInterfaceId: string;
  readonly tags: Tags;
}

export interface EndpointRow {
  readonly kind: "endpoint";
  readonly id: string;
  readonly vpcId: string;
  readonly serviceName: string;
  readonly type: "Gateway" | "Interface";
  /** JSON text; undefined is EC2's default: everything is allowed. */
  readonly policy: string | undefined;
  readonly privateDnsEnabled: boolean;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly networkInterfaceIds: readonly string[];
  readonly tags: Tags;
}

export interface SecurityGroupRow {
  readonly kind: "security-group";
  readonly id: string;
  readonly vpcId: string;
  readonly name: string;
  readonly description: string;
  readonly tags: Tags;
}

export interface SecurityRuleRow {
  readonly kind: "security-rule";
  readonly id: string;
  readonly groupId: string;
  readonly direction: "ingress" | "egress";
  /** `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all. */
  readonly protocol: string;
  readonly fromPort: number | undefined;
  readonly toPort: number | undefined;
  readonly peer: RulePeer;
  readonly description: string | undefined;
  readonly tags: Tags;
}

export interface RulePeer {
  readonly kind: "ipv4" | "ipv6" | "security-group" | "prefix-list";
  readonly value: string;
}
