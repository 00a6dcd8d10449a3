import type { Network } from "../../aws/network/network.ts";
import {
  associate,
  createRoute,
  createRouteTable,
  deleteRoute,
  deleteRouteTable,
  replaceRoute,
  setRoutes,
} from "../../aws/network/routing.ts";
import type { RouteRow, RouteTarget } from "../../aws/network/rows.ts";
import { optionalText, records, text } from "../framework/access.ts";
import type { Live, Problem } from "../framework/resource-type.ts";
import { ProviderError } from "../wire/errors.ts";
import { isUnknown, type Props } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { arn, tagsOf } from "./scope.ts";

export function routingTypes(network: Network): AwsType[] {
  return [routeTable(network), route(network), association(network)];
}

function routeTable({ store }: Network): AwsType {
  return {
    token: "aws:ec2/routeTable:RouteTable",
    supports: ["vpcId", "routes", "tags", "region"],
    replaceOn: ["vpcId"],
    sets: ["routes"],
    create: (inputs) =>
      createRouteTable(store, { vpcId: text(inputs, "vpcId"), tags: tagsOf(inputs) }).id,
    settle: (id, inputs) => {
      // Without inline routes the table's routes belong to Route resources.
      if (inputs["routes"] !== undefined) {
        const wanted = records(inputs, "routes").map((one) => routeRow(one, "cidrBlock"));
        setRoutes(store, id, wanted);
      }
      store.put({ ...store.get("route-table", id), tags: tagsOf(inputs) });
    },
    read: (id, inputs, scope): Live | undefined => {
      const row = store.find("route-table", id);
      if (row === undefined) return undefined;
      const routes = row.routes.map(inlineRoute);
      const inline = inputs["routes"] !== undefined;
      return {
        inputs: { vpcId: row.vpcId, tags: { ...row.tags }, ...(inline ? { routes } : {}) },
        outputs: {
          arn: arn(scope, "ec2", `route-table/${id}`),
          ownerId: scope.accountId,
          // Not kept in the state otherwise: Route resources would show as changes of the table.
          ...(inline ? {} : { routes: [] }),
          propagatingVgws: [],
        },
      };
    },
    delete: (id) => deleteRouteTable(store, id),
  };
}

function route({ store }: Network): AwsType {
  return {
    token: "aws:ec2/route:Route",
    supports: ["routeTableId", "destinationCidrBlock", "gatewayId", "natGatewayId", "region"],
    replaceOn: ["routeTableId", "destinationCidrBlock"],
    check: targetProblems,
    create: (inputs) => {
      const tableId = text(inputs, "routeTableId");
      const row = routeRow(inputs, "destinationCidrBlock");
      createRoute(store, tableId, row);
      return `r-${tableId}${hash(row.destination)}`;
    },
    settle: (_id, inputs) =>
      replaceRoute(store, text(inputs, "routeTableId"), routeRow(inputs, "destinationCidrBlock")),
    read: (_id, inputs): Live | undefined => {
      const table = store.find("route-table", text(inputs, "routeTableId"));
      const destination = text(inputs, "destinationCidrBlock");
      const row = table?.routes.find((one) => one.destination === destination);
      if (row === undefined) return undefined;
      const { target } = row;
      return {
        inputs: {
          gatewayId: target.kind === "internet-gateway" ? target.id : null,
          natGatewayId: target.kind === "nat-gateway" ? target.id : null,
        },
        outputs: {
          origin: "CreateRoute",
          state: store.find(target.kind, target.id) === undefined ? "blackhole" : "active",
        },
      };
    },
    delete: (_id, inputs) =>
      deleteRoute(store, text(inputs, "routeTableId"), text(inputs, "destinationCidrBlock")),
  };
}

function association({ store }: Network): AwsType {
  return {
    token: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    supports: ["routeTableId", "subnetId", "region"],
    replaceOn: ["subnetId"],
    check: (inputs) =>
      inputs["subnetId"] === undefined
        ? [{ property: "subnetId", reason: 'one of "gatewayId", "subnetId" must be given' }]
        : [],
    create: (inputs) =>
      associate(store, {
        routeTableId: text(inputs, "routeTableId"),
        subnetId: text(inputs, "subnetId"),
      }).id,
    settle: (id, inputs) => {
      const table = store.get("route-table", text(inputs, "routeTableId"));
      store.put({ ...store.get("association", id), routeTableId: table.id });
    },
    read: (id): Live | undefined => {
      const row = store.find("association", id);
      if (row === undefined) return undefined;
      return { inputs: { routeTableId: row.routeTableId, subnetId: row.subnetId }, outputs: {} };
    },
    delete: (id) => store.remove(id),
  };
}

function targetProblems(inputs: Props): Problem[] {
  const targets = [inputs["gatewayId"], inputs["natGatewayId"]].filter(
    (target) => target !== undefined,
  );
  if (targets.length !== 1) {
    const reason = 'exactly one of "gatewayId", "natGatewayId" must be given';
    return [{ property: "gatewayId", reason }];
  }
  if (inputs["destinationCidrBlock"] !== undefined) return [];
  return [{ property: "destinationCidrBlock", reason: "a destination must be given" }];
}

function routeRow(inputs: Props, destinationName: string): RouteRow {
  const destination = optionalText(inputs, destinationName);
  const target = targetOf(inputs);
  if (destination !== undefined && target !== undefined) return { destination, target };
  throw new ProviderError("this kind of route is not in the embedded clouds yet");
}

function targetOf(inputs: Props): RouteTarget | undefined {
  if (Object.values(inputs).some(isUnknown)) return undefined;
  const nat = optionalText(inputs, "natGatewayId") ?? "";
  const gateway = optionalText(inputs, "gatewayId") ?? "";
  if (nat !== "") return { kind: "nat-gateway", id: nat };
  return gateway === "" ? undefined : { kind: "internet-gateway", id: gateway };
}

function inlineRoute({ destination, target }: RouteRow): Props {
  const name = target.kind === "nat-gateway" ? "natGatewayId" : "gatewayId";
  return { cidrBlock: destination, [name]: target.id };
}

/** The provider's id of a route ends in a CRC of its destination; ours in a small hash. */
function hash(destination: string): string {
  let value = 0;
  for (const letter of destination) value = (value * 31 + letter.charCodeAt(0)) % 2 ** 32;
  return String(value);
}
