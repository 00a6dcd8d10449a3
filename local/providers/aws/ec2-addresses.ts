import {
  allocateAddress,
  attachInternetGateway,
  createInternetGateway,
  createNatGateway,
  deleteInternetGateway,
  deleteNatGateway,
  releaseAddress,
} from "../../aws/network/gateways.ts";
import type { Network } from "../../aws/network/network.ts";
import { optionalText, text } from "../framework/access.ts";
import type { Live } from "../framework/resource-type.ts";
import { oneOf } from "../framework/rules.ts";
import type { AwsType } from "./aws.ts";
import { arn, tagsOf } from "./scope.ts";

export function addressTypes(network: Network): AwsType[] {
  return [internetGateway(network), eip(network), natGateway(network)];
}

function internetGateway({ store }: Network): AwsType {
  return {
    token: "aws:ec2/internetGateway:InternetGateway",
    supports: ["vpcId", "tags", "region"],
    create: (inputs) => createInternetGateway(store, tagsOf(inputs)).id,
    settle: (id, inputs) => {
      attachInternetGateway(store, id, optionalText(inputs, "vpcId"));
      store.put({ ...store.get("internet-gateway", id), tags: tagsOf(inputs) });
    },
    read: (id, _inputs, scope): Live | undefined => {
      const row = store.find("internet-gateway", id);
      if (row === undefined) return undefined;
      return {
        inputs: { vpcId: row.vpcId ?? null, tags: { ...row.tags } },
        outputs: {
          arn: arn(scope, "ec2", `internet-gateway/${id}`),
          ownerId: scope.accountId,
        },
      };
    },
    delete: (id) => deleteInternetGateway(store, id),
  };
}

function eip({ store }: Network): AwsType {
  return {
    token: "aws:ec2/eip:Eip",
    supports: ["domain", "tags", "region", "networkBorderGroup", "publicIpv4Pool"],
    replaceOn: ["domain", "networkBorderGroup", "publicIpv4Pool"],
    rules: { domain: oneOf("vpc") },
    create: (inputs) => allocateAddress(store, tagsOf(inputs)).id,
    settle: (id, inputs) => store.put({ ...store.get("address", id), tags: tagsOf(inputs) }),
    read: (id, _inputs, scope): Live | undefined => {
      const row = store.find("address", id);
      if (row === undefined) return undefined;
      const dashed = row.publicIp.replaceAll(".", "-");
      // What uses the address is known from the NAT gateway's side; here it would show as drift.
      return {
        inputs: { tags: { ...row.tags } },
        outputs: {
          allocationId: id,
          arn: arn(scope, "ec2", `elastic-ip/${id}`),
          domain: "vpc",
          networkBorderGroup: scope.region,
          publicDns: `ec2-${dashed}.${scope.region}.compute.amazonaws.com`,
          publicIp: row.publicIp,
          publicIpv4Pool: "amazon",
          ptrRecord: "",
        },
      };
    },
    delete: (id) => releaseAddress(store, id),
  };
}

function natGateway({ store }: Network): AwsType {
  return {
    token: "aws:ec2/natGateway:NatGateway",
    supports: ["subnetId", "allocationId", "connectivityType", "tags", "region"],
    defaults: { connectivityType: "public" },
    replaceOn: ["subnetId", "allocationId", "connectivityType"],
    rules: { connectivityType: oneOf("public", "private") },
    check: (inputs) =>
      inputs["subnetId"] === undefined
        ? [{ property: "subnetId", reason: "a subnet must be given" }]
        : [],
    create: (inputs) =>
      createNatGateway(store, {
        subnetId: text(inputs, "subnetId"),
        allocationId: optionalText(inputs, "allocationId"),
        connectivityType: inputs["connectivityType"] === "private" ? "private" : "public",
        tags: tagsOf(inputs),
      }).id,
    settle: (id, inputs) => store.put({ ...store.get("nat-gateway", id), tags: tagsOf(inputs) }),
    read: (id): Live | undefined => {
      const row = store.find("nat-gateway", id);
      if (row === undefined) return undefined;
      const address =
        row.allocationId === undefined ? undefined : store.find("address", row.allocationId);
      return {
        inputs: {
          subnetId: row.subnetId,
          allocationId: row.allocationId ?? null,
          connectivityType: row.connectivityType,
          tags: { ...row.tags },
        },
        outputs: {
          associationId: address?.associationId ?? null,
          networkInterfaceId: row.networkInterfaceId,
          privateIp: row.privateIp,
          publicIp: address?.publicIp ?? null,
        },
      };
    },
    delete: (id) => deleteNatGateway(store, id),
  };
}
