import { createHash } from "node:crypto";
import type { Egress, NetworkView, PolicyDocument } from "../contract.ts";
import { parseCidr } from "./cidr.ts";
import type { RouteRow, SubnetRow } from "./rows.ts";
import { routeTableOf } from "./routing.ts";
import { NetworkStore } from "./store.ts";

export interface NetworkOptions {
  /** Where the model persists; absent = in memory only. */
  readonly file?: string;
}

/**
 * The VPCs of the local AWS: which objects exist, and how traffic leaves a subnet. What acts on it are the
 * functions beside this file (createVpc, createRoute, ...), one file per concern, on `network.store`.
 */
export class Network implements NetworkView {
  readonly store: NetworkStore;

  constructor(options: NetworkOptions = {}) {
    this.store = new NetworkStore(options.file);
  }

  /**
   * Follows the subnet's default route: to a NAT gateway and its Elastic IP, to the internet gateway with a public
   * address of the task's own, or nowhere, and then says why.
   */
  egressOf(subnetId: string, assignPublicIp: boolean): Egress {
    const subnet = this.store.find("subnet", subnetId);
    if (subnet === undefined) return none(`The subnet ID '${subnetId}' does not exist`);
    const table = routeTableOf(this.store, subnetId);
    const route = defaultRoute(table.routes);
    if (route === undefined) return none(`route table ${table.id} has no route to 0.0.0.0/0`);
    return route.target.kind === "nat-gateway"
      ? this.#throughNat(route.target.id)
      : this.#throughInternetGateway(subnet, route.target.id, assignPublicIp);
  }

  /** The policy of the S3 gateway endpoint that the subnet's route table names; undefined without one, or when it allows everything. */
  s3EndpointPolicyOf(subnetId: string): PolicyDocument | undefined {
    if (this.store.find("subnet", subnetId) === undefined) return undefined;
    const table = routeTableOf(this.store, subnetId);
    const endpoint = this.store
      .all("endpoint")
      .find((row) => row.serviceName.endsWith(".s3") && row.routeTableIds.includes(table.id));
    return endpoint?.policy === undefined
      ? undefined
      : (JSON.parse(endpoint.policy) as PolicyDocument);
  }

  /** The Elastic IPs that are allocated. */
  addresses(): string[] {
    return this.store.all("address").map((row) => row.publicIp);
  }

  /** Ids of everything that exists. */
  inventory(): string[] {
    return this.store.ids();
  }

  #throughNat(natId: string): Egress {
    const nat = this.store.find("nat-gateway", natId);
    if (nat === undefined) return none(`the default route is a blackhole: ${natId} does not exist`);
    const address = nat.allocationId && this.store.find("address", nat.allocationId);
    if (!address) return none(`NAT gateway ${natId} has no Elastic IP`);
    const route = defaultRoute(routeTableOf(this.store, nat.subnetId).routes);
    if (route?.target.kind !== "internet-gateway") {
      return none(`NAT gateway ${natId} is in a subnet without a route to an internet gateway`);
    }
    return { kind: "nat", address: address.publicIp };
  }

  #throughInternetGateway(subnet: SubnetRow, gatewayId: string, assignPublicIp: boolean): Egress {
    const gateway = this.store.find("internet-gateway", gatewayId);
    if (gateway?.vpcId !== subnet.vpcId)
      return none(`${gatewayId} is not attached to ${subnet.vpcId}`);
    if (!assignPublicIp) {
      return none(`subnet ${subnet.id} leads to an internet gateway, but assignPublicIp is off`);
    }
    const digest = createHash("sha256").update(subnet.id).digest();
    return { kind: "internet", address: `192.0.2.${1 + ((digest[0] ?? 0) % 254)}` };
  }
}

function defaultRoute(routes: readonly RouteRow[]): RouteRow | undefined {
  return routes.find((route) => parseCidr(route.destination)?.bits === 0);
}

function none(why: string): Egress {
  return { kind: "none", why };
}
