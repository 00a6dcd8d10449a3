import type { Network } from "../../aws/network/network.ts";
import { createSubnet, createVpc, deleteSubnet, deleteVpc } from "../../aws/network/vpcs.ts";
import { flag, optionalText, text } from "../framework/access.ts";
import type { Live } from "../framework/resource-type.ts";
import { oneOf } from "../framework/rules.ts";
import type { AwsType } from "./aws.ts";
import { arn, tagsOf } from "./scope.ts";
import { zonesOf } from "./zones.ts";

export function vpcTypes(network: Network): AwsType[] {
  return [vpc(network), subnet(network)];
}

function vpc({ store }: Network): AwsType {
  return {
    token: "aws:ec2/vpc:Vpc",
    supports: [
      "cidrBlock",
      "enableDnsSupport",
      "enableDnsHostnames",
      "enableNetworkAddressUsageMetrics",
      "instanceTenancy",
      "tags",
      "region",
    ],
    defaults: { enableDnsSupport: true, instanceTenancy: "default" },
    replaceOn: ["cidrBlock"],
    rules: { instanceTenancy: oneOf("default", "dedicated") },
    check: (inputs) =>
      inputs["cidrBlock"] === undefined
        ? [{ property: "cidrBlock", reason: 'one of "cidrBlock", "ipv4IpamPoolId" must be given' }]
        : [],
    create: (inputs) =>
      createVpc(store, {
        cidrBlock: text(inputs, "cidrBlock"),
        enableDnsSupport: flag(inputs, "enableDnsSupport", true),
        enableDnsHostnames: flag(inputs, "enableDnsHostnames"),
        instanceTenancy: text(inputs, "instanceTenancy"),
        tags: tagsOf(inputs),
      }).id,
    settle: (id, inputs) =>
      store.put({
        ...store.get("vpc", id),
        enableDnsSupport: flag(inputs, "enableDnsSupport", true),
        enableDnsHostnames: flag(inputs, "enableDnsHostnames"),
        instanceTenancy: text(inputs, "instanceTenancy"),
        tags: tagsOf(inputs),
      }),
    read: (id, _inputs, scope): Live | undefined => {
      const row = store.find("vpc", id);
      if (row === undefined) return undefined;
      const main = store.all("route-table").find((table) => table.main && table.vpcId === id);
      const groups = store.all("security-group");
      const group = groups.find((one) => one.vpcId === id && one.name === "default");
      return {
        inputs: {
          cidrBlock: row.cidrBlock,
          enableDnsSupport: row.enableDnsSupport,
          enableDnsHostnames: row.enableDnsHostnames,
          instanceTenancy: row.instanceTenancy,
          tags: { ...row.tags },
        },
        outputs: {
          arn: arn(scope, "ec2", `vpc/${id}`),
          ownerId: scope.accountId,
          defaultNetworkAclId: row.defaultNetworkAclId,
          defaultRouteTableId: main?.id ?? null,
          mainRouteTableId: main?.id ?? null,
          defaultSecurityGroupId: group?.id ?? null,
          dhcpOptionsId: row.dhcpOptionsId,
          ipv6AssociationId: "",
        },
      };
    },
    delete: (id) => deleteVpc(store, id),
  };
}

function subnet({ store }: Network): AwsType {
  return {
    token: "aws:ec2/subnet:Subnet",
    supports: [
      "vpcId",
      "cidrBlock",
      "availabilityZone",
      "mapPublicIpOnLaunch",
      "assignIpv6AddressOnCreation",
      "tags",
      "region",
    ],
    replaceOn: ["vpcId", "cidrBlock", "availabilityZone"],
    check: (inputs) => [
      ...(inputs["cidrBlock"] === undefined
        ? [{ property: "cidrBlock", reason: "an IPv4 range is required" }]
        : []),
      ...(inputs["assignIpv6AddressOnCreation"] === true
        ? [{ property: "assignIpv6AddressOnCreation", reason: "the VPC has no IPv6 range" }]
        : []),
    ],
    create: (inputs, scope) => {
      const zones = zonesOf(scope.region).map(({ name }) => name);
      return createSubnet(
        store,
        {
          vpcId: text(inputs, "vpcId"),
          cidrBlock: text(inputs, "cidrBlock"),
          availabilityZone: optionalText(inputs, "availabilityZone") ?? zones[0] ?? "",
          mapPublicIpOnLaunch: flag(inputs, "mapPublicIpOnLaunch"),
          tags: tagsOf(inputs),
        },
        zones,
      ).id;
    },
    settle: (id, inputs) =>
      store.put({
        ...store.get("subnet", id),
        mapPublicIpOnLaunch: flag(inputs, "mapPublicIpOnLaunch"),
        tags: tagsOf(inputs),
      }),
    read: (id, inputs, scope): Live | undefined => {
      const row = store.find("subnet", id);
      if (row === undefined) return undefined;
      const zone = zonesOf(scope.region).find(({ name }) => name === row.availabilityZone);
      const asked = "availabilityZone" in inputs;
      const zoneName = { availabilityZone: row.availabilityZone };
      return {
        inputs: {
          vpcId: row.vpcId,
          cidrBlock: row.cidrBlock,
          mapPublicIpOnLaunch: row.mapPublicIpOnLaunch,
          tags: { ...row.tags },
          ...(asked ? zoneName : {}),
        },
        outputs: {
          ...(asked ? {} : zoneName),
          arn: arn(scope, "ec2", `subnet/${id}`),
          ownerId: scope.accountId,
          availabilityZoneId: zone?.id ?? null,
          ipv6CidrBlockAssociationId: "",
          privateDnsHostnameTypeOnLaunch: "ip-name",
        },
      };
    },
    delete: (id) => deleteSubnet(store, id),
  };
}
