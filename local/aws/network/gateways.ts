import type { AddressRow, InternetGatewayRow, NatGatewayRow, Tags } from "./rows.ts";
import { ec2Error, newId, type NetworkStore } from "./store.ts";
import { interfaceAddress } from "./vpcs.ts";

export function createInternetGateway(store: NetworkStore, tags: Tags): InternetGatewayRow {
  const id = store.newId("internet-gateway");
  const row: InternetGatewayRow = { kind: "internet-gateway", id, vpcId: undefined, tags };
  store.put(row);
  return row;
}

/** Attaches to a VPC, or detaches with undefined; refused while addresses of the VPC are mapped through it. */
export function attachInternetGateway(
  store: NetworkStore,
  id: string,
  vpcId: string | undefined,
): void {
  const gateway = store.get("internet-gateway", id);
  if (gateway.vpcId === vpcId) return;
  if (gateway.vpcId !== undefined) refuseWhileMapped(store, gateway.vpcId);
  if (vpcId !== undefined) {
    store.get("vpc", vpcId);
    if (store.all("internet-gateway").some((other) => other.vpcId === vpcId)) {
      const text = `Network ${vpcId} already has an internet gateway attached`;
      throw ec2Error("InvalidParameterValue", text);
    }
  }
  store.put({ ...gateway, vpcId });
}

export function deleteInternetGateway(store: NetworkStore, id: string): void {
  const gateway = store.find("internet-gateway", id);
  if (gateway === undefined) return;
  attachInternetGateway(store, id, undefined);
  store.remove(id);
}

function refuseWhileMapped(store: NetworkStore, vpcId: string): void {
  const mapped = store
    .all("nat-gateway")
    .some(
      (nat) =>
        nat.allocationId !== undefined && store.find("subnet", nat.subnetId)?.vpcId === vpcId,
    );
  if (!mapped) return;
  const text = `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`;
  throw ec2Error("DependencyViolation", text);
}

/** Addresses come from 203.0.113.0/24 (TEST-NET-3), each one later than the last that was given out. */
export function allocateAddress(store: NetworkStore, tags: Tags): AddressRow {
  const taken = store.all("address").map((row) => Number(row.publicIp.split(".")[3]));
  const last = Math.max(0, ...taken);
  const candidates = Array.from({ length: 254 }, (_, at) => ((last + at) % 254) + 1);
  const free = candidates.find((host) => !taken.includes(host));
  if (free === undefined) {
    throw ec2Error("AddressLimitExceeded", "The maximum number of addresses has been reached.");
  }
  const id = store.newId("address");
  const publicIp = `203.0.113.${free}`;
  const row: AddressRow = { kind: "address", id, publicIp, associationId: undefined, tags };
  store.put(row);
  return row;
}

export function releaseAddress(store: NetworkStore, id: string): void {
  const address = store.find("address", id);
  if (address === undefined) return;
  if (address.associationId !== undefined) {
    const text = `Address with allocation id [${id}] cannot be released because it is in use.`;
    throw ec2Error("InvalidIPAddress.InUse", text);
  }
  store.remove(id);
}

export type NewNatGateway = Pick<
  NatGatewayRow,
  "subnetId" | "allocationId" | "connectivityType" | "tags"
>;

export function createNatGateway(store: NetworkStore, args: NewNatGateway): NatGatewayRow {
  const subnet = store.get("subnet", args.subnetId);
  if (args.connectivityType === "public") {
    const gateways = store.all("internet-gateway");
    if (!gateways.some((gateway) => gateway.vpcId === subnet.vpcId)) {
      const text = `Network ${subnet.vpcId} has no Internet gateway attached`;
      throw ec2Error("Gateway.NotAttached", text);
    }
    if (args.allocationId === undefined) {
      throw ec2Error("MissingParameter", "The request must include the AllocationId parameter.");
    }
    use(store, args.allocationId);
  }
  const id = store.newId("nat-gateway");
  const privateIp = interfaceAddress(subnet, store.all("nat-gateway").length);
  const networkInterfaceId = newId("eni");
  const row: NatGatewayRow = { kind: "nat-gateway", id, privateIp, networkInterfaceId, ...args };
  store.put(row);
  return row;
}

/** Deleting a NAT gateway frees its address; routes through it stay behind as blackholes, as in EC2. */
export function deleteNatGateway(store: NetworkStore, id: string): void {
  const nat = store.find("nat-gateway", id);
  if (nat === undefined) return;
  const address = nat.allocationId && store.find("address", nat.allocationId);
  if (address) store.put({ ...address, associationId: undefined });
  store.remove(id);
}

function use(store: NetworkStore, allocationId: string): void {
  const address = store.get("address", allocationId);
  if (address.associationId !== undefined) {
    const text = `resource ${allocationId} is already associated with ${address.associationId}`;
    throw ec2Error("Resource.AlreadyAssociated", text);
  }
  store.put({ ...address, associationId: newId("eipassoc") });
}
