import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsError } from "../../../../../local/aws/contract.ts";
import { createEndpoint } from "../../../../../local/aws/network/endpoints.ts";
import {
  allocateAddress,
  attachInternetGateway,
  createInternetGateway,
  createNatGateway,
  deleteInternetGateway,
  deleteNatGateway,
  releaseAddress,
} from "../../../../../local/aws/network/gateways.ts";
import { Network } from "../../../../../local/aws/network/network.ts";
import {
  associate,
  createRoute,
  createRouteTable,
  deleteRouteTable,
} from "../../../../../local/aws/network/routing.ts";
import { createRule, createSecurityGroup } from "../../../../../local/aws/network/security.ts";
import {
  createSubnet,
  createVpc,
  deleteSubnet,
  deleteVpc,
} from "../../../../../local/aws/network/vpcs.ts";

const zones = ["eu-west-1a", "eu-west-1b"];

/** A VPC with a public subnet that hosts a NAT gateway and a private subnet behind it. */
function built(network = new Network()) {
  const { store } = network;
  const vpc = createVpc(store, {
    cidrBlock: "10.0.0.0/16",
    enableDnsSupport: true,
    enableDnsHostnames: true,
    instanceTenancy: "default",
    tags: {},
  });
  const subnet = (cidrBlock: string) =>
    createSubnet(
      store,
      {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZone: "eu-west-1a",
        mapPublicIpOnLaunch: false,
        tags: {},
      },
      zones,
    );
  const [open, closed] = [subnet("10.0.0.0/24"), subnet("10.0.1.0/24")];
  const igw = createInternetGateway(store, {});
  attachInternetGateway(store, igw.id, vpc.id);
  const table = (subnetId: string) => {
    const row = createRouteTable(store, { vpcId: vpc.id, tags: {} });
    associate(store, { routeTableId: row.id, subnetId });
    return row;
  };
  const [openTable, closedTable] = [table(open.id), table(closed.id)];
  createRoute(store, openTable.id, {
    destination: "0.0.0.0/0",
    target: { kind: "internet-gateway", id: igw.id },
  });
  const address = allocateAddress(store, {});
  const nat = createNatGateway(store, {
    subnetId: open.id,
    allocationId: address.id,
    connectivityType: "public",
    tags: {},
  });
  createRoute(store, closedTable.id, {
    destination: "0.0.0.0/0",
    target: { kind: "nat-gateway", id: nat.id },
  });
  return { network, store, vpc, open, closed, igw, openTable, closedTable, address, nat };
}

function refused(code: string) {
  return (error: unknown): boolean => error instanceof AwsError && error.code === code;
}

describe("Traffic out of a subnet", () => {
  it("leaves a private subnet by the NAT gateway's Elastic IP", () => {
    const { network, closed, address } = built();
    const egress = network.egressOf(closed.id, false);
    assert.deepEqual(egress, { kind: "nat", address: address.publicIp });
    assert.match(address.publicIp, /^203\.0\.113\.\d+$/);
  });

  it("leaves a public subnet only with a public address of its own, which stays the same", () => {
    const { network, open } = built();
    const egress = network.egressOf(open.id, true);
    assert.equal(egress.kind, "internet");
    assert.deepEqual(network.egressOf(open.id, true), egress);
    assert.equal(network.egressOf(open.id, false).kind, "none");
  });

  it("goes nowhere, and says why, when the NAT gateway is gone", () => {
    const { network, store, closed, nat } = built();
    deleteNatGateway(store, nat.id);
    const egress = network.egressOf(closed.id, false);
    assert.ok(egress.kind === "none");
    assert.match(egress.why, /blackhole/);
  });

  it("goes nowhere without a default route: the main table has none", () => {
    const { network, store, vpc } = built();
    const lonely = createSubnet(
      store,
      {
        vpcId: vpc.id,
        cidrBlock: "10.0.2.0/24",
        availabilityZone: "eu-west-1b",
        mapPublicIpOnLaunch: true,
        tags: {},
      },
      zones,
    );
    const egress = network.egressOf(lonely.id, true);
    assert.ok(egress.kind === "none");
    assert.match(egress.why, /no route to 0\.0\.0\.0\/0/);
  });

  it("passes the S3 endpoint's policy exactly where the route table names the endpoint", () => {
    const { network, store, vpc, open, closed, closedTable } = built();
    const policy =
      '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}';
    createEndpoint(store, {
      vpcId: vpc.id,
      serviceName: "com.amazonaws.eu-west-1.s3",
      type: "Gateway",
      policy,
      privateDnsEnabled: false,
      routeTableIds: [closedTable.id],
      subnetIds: [],
      securityGroupIds: [],
      tags: {},
    });
    assert.deepEqual(network.s3EndpointPolicyOf(closed.id), JSON.parse(policy));
    assert.equal(network.s3EndpointPolicyOf(open.id), undefined);
  });

  it("is the same after a restart", () => {
    const folder = mkdtempSync(join(tmpdir(), "causeway-network-"));
    try {
      const file = join(folder, "network.json");
      const { network, closed } = built(new Network({ file }));
      const again = new Network({ file });
      assert.deepEqual(again.egressOf(closed.id, false), network.egressOf(closed.id, false));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("EC2's refusals", () => {
  it("hold what still has dependents", () => {
    const { store, vpc, open, openTable, igw, address } = built();
    assert.throws(() => deleteVpc(store, vpc.id), refused("DependencyViolation"));
    assert.throws(() => deleteSubnet(store, open.id), refused("DependencyViolation"));
    assert.throws(() => deleteRouteTable(store, openTable.id), refused("DependencyViolation"));
    assert.throws(() => deleteInternetGateway(store, igw.id), refused("DependencyViolation"));
    assert.throws(() => releaseAddress(store, address.id), refused("InvalidIPAddress.InUse"));
  });

  it("forbid ranges outside of the VPC and ranges that are taken", () => {
    const { store, vpc } = built();
    const subnet = (cidrBlock: string) => () =>
      createSubnet(
        store,
        {
          vpcId: vpc.id,
          cidrBlock,
          availabilityZone: "eu-west-1a",
          mapPublicIpOnLaunch: false,
          tags: {},
        },
        zones,
      );
    assert.throws(subnet("10.1.0.0/24"), refused("InvalidSubnet.Range"));
    assert.throws(subnet("10.0.0.128/25"), refused("InvalidSubnet.Conflict"));
  });

  it("forbid a second route, address use or rule of the same kind", () => {
    const { store, vpc, closedTable, address, nat, open } = built();
    const route = {
      destination: "0.0.0.0/0",
      target: { kind: "nat-gateway" as const, id: nat.id },
    };
    assert.throws(() => createRoute(store, closedTable.id, route), refused("RouteAlreadyExists"));
    const again = {
      subnetId: open.id,
      allocationId: address.id,
      connectivityType: "public" as const,
      tags: {},
    };
    assert.throws(() => createNatGateway(store, again), refused("Resource.AlreadyAssociated"));
    const group = createSecurityGroup(store, {
      vpcId: vpc.id,
      name: "workers",
      description: "",
      tags: {},
    });
    const rule = {
      groupId: group.id,
      direction: "egress" as const,
      protocol: "tcp",
      fromPort: 443,
      toPort: 443,
      peer: { kind: "ipv4" as const, value: "0.0.0.0/0" },
      description: undefined,
      tags: {},
    };
    createRule(store, rule);
    assert.throws(() => createRule(store, rule), refused("InvalidPermission.Duplicate"));
  });

  it("say that an id does not exist in the words of its kind", () => {
    const { store } = built();
    assert.throws(() => store.get("vpc", "vpc-0"), refused("InvalidVpcID.NotFound"));
    assert.throws(
      () => store.get("address", "eipalloc-0"),
      refused("InvalidAllocationID.NotFound"),
    );
  });

  it("leave nothing behind once all is deleted in order", () => {
    const { store, network, vpc, open, closed, igw, openTable, closedTable, address, nat } =
      built();
    deleteNatGateway(store, nat.id);
    releaseAddress(store, address.id);
    deleteInternetGateway(store, igw.id);
    for (const subnet of [open, closed]) deleteSubnet(store, subnet.id);
    for (const table of [openTable, closedTable]) deleteRouteTable(store, table.id);
    deleteVpc(store, vpc.id);
    assert.deepEqual(network.inventory(), []);
  });
});
