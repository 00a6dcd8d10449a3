import {
  createEndpoint,
  setEndpointRouteTables,
  updateEndpoint,
  type EndpointSettings,
} from "../../aws/network/endpoints.ts";
import type { Network } from "../../aws/network/network.ts";
import type { EndpointRow } from "../../aws/network/rows.ts";
import { flag, optionalText, text, texts } from "../framework/access.ts";
import { policyDocument } from "../framework/documents.ts";
import type { Live } from "../framework/resource-type.ts";
import { oneOf, policy } from "../framework/rules.ts";
import type { Props, Value } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { arn, tagsOf } from "./scope.ts";

/** What EC2 shows for an endpoint that was given no policy. */
const allowAll =
  '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}';

export function endpointTypes(network: Network): AwsType[] {
  return [endpoint(network), endpointRouteTable(network)];
}

function endpoint({ store }: Network): AwsType {
  return {
    token: "aws:ec2/vpcEndpoint:VpcEndpoint",
    supports: [
      "autoAccept",
      "vpcId",
      "serviceName",
      "vpcEndpointType",
      "policy",
      "privateDnsEnabled",
      "routeTableIds",
      "subnetIds",
      "securityGroupIds",
      "tags",
      "region",
    ],
    defaults: { vpcEndpointType: "Gateway" },
    replaceOn: ["vpcId", "serviceName", "vpcEndpointType"],
    documents: { policy: policyDocument },
    sets: ["routeTableIds", "subnetIds", "securityGroupIds"],
    rules: { vpcEndpointType: oneOf("Gateway", "Interface"), policy },
    check: (inputs) =>
      inputs["serviceName"] === undefined
        ? [{ property: "serviceName", reason: "a service must be given" }]
        : [],
    create: (inputs) =>
      createEndpoint(store, {
        vpcId: text(inputs, "vpcId"),
        serviceName: text(inputs, "serviceName"),
        type: inputs["vpcEndpointType"] === "Interface" ? "Interface" : "Gateway",
        ...settings(inputs, undefined),
      }).id,
    settle: (id, inputs) => updateEndpoint(store, id, settings(inputs, store.get("endpoint", id))),
    read: (id, inputs, scope): Live | undefined => {
      const row = store.find("endpoint", id);
      return row === undefined
        ? undefined
        : liveEndpoint(row, inputs, arn(scope, "ec2", `vpc-endpoint/${id}`), scope.accountId);
    },
    delete: (id) => store.remove(id),
  };
}

function settings(inputs: Props, present: EndpointRow | undefined): EndpointSettings {
  return {
    policy: optionalText(inputs, "policy"),
    privateDnsEnabled: flag(inputs, "privateDnsEnabled"),
    // Tables may also be joined by VpcEndpointRouteTableAssociation, where the endpoint names none itself.
    routeTableIds:
      inputs["routeTableIds"] === undefined
        ? (present?.routeTableIds ?? [])
        : texts(inputs, "routeTableIds"),
    subnetIds: texts(inputs, "subnetIds"),
    securityGroupIds: texts(inputs, "securityGroupIds"),
    tags: tagsOf(inputs),
  };
}

function liveEndpoint(row: EndpointRow, inputs: Props, endpointArn: string, owner: string): Live {
  const lists = {
    routeTableIds: [...row.routeTableIds].toSorted(),
    subnetIds: [...row.subnetIds].toSorted(),
    securityGroupIds: [...row.securityGroupIds].toSorted(),
  };
  const given = Object.entries(lists).filter(([key]) => key in inputs);
  const others: [string, Value][] = Object.entries(lists).filter(
    ([key]) => !(key in inputs) && key !== "routeTableIds",
  );
  const withPolicy = "policy" in inputs || row.policy !== undefined;
  return {
    inputs: {
      ...Object.fromEntries(given),
      ...(withPolicy ? { policy: row.policy ?? null } : {}),
      vpcId: row.vpcId,
      serviceName: row.serviceName,
      vpcEndpointType: row.type,
      privateDnsEnabled: row.privateDnsEnabled,
      tags: { ...row.tags },
    },
    outputs: {
      ...Object.fromEntries(others),
      ...(withPolicy ? {} : { policy: allowAll }),
      arn: endpointArn,
      networkInterfaceIds: [...row.networkInterfaceIds],
      ownerId: owner,
      requesterManaged: false,
      state: "available",
      ...(row.type === "Gateway" ? { prefixListId: `pl-${row.serviceName.length}da54001` } : {}),
      cidrBlocks: row.type === "Gateway" ? ["198.51.100.0/24"] : [],
      dnsEntries: [],
    },
  };
}

function endpointRouteTable({ store }: Network): AwsType {
  return {
    token: "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
    replaceOn: ["routeTableId", "vpcEndpointId"],
    create: (inputs) => {
      const [id, table] = [text(inputs, "vpcEndpointId"), text(inputs, "routeTableId")];
      const present = store.get("endpoint", id).routeTableIds;
      setEndpointRouteTables(store, id, [...new Set([...present, table])]);
      return `a-${id}${table.slice("rtb-".length)}`;
    },
    read: (_id, inputs): Live | undefined => {
      const row = store.find("endpoint", text(inputs, "vpcEndpointId"));
      const joined = row?.routeTableIds.includes(text(inputs, "routeTableId")) === true;
      return joined ? { inputs: {}, outputs: {} } : undefined;
    },
    delete: (_id, inputs) => {
      const row = store.find("endpoint", text(inputs, "vpcEndpointId"));
      if (row === undefined) return;
      const table = text(inputs, "routeTableId");
      const left = row.routeTableIds.filter((other) => other !== table);
      setEndpointRouteTables(store, row.id, left);
    },
  };
}
