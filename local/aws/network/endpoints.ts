import type { EndpointRow } from "./rows.ts";
import { ec2Error, newId, type NetworkStore } from "./store.ts";

export type EndpointSettings = Pick<
  EndpointRow,
  "policy" | "privateDnsEnabled" | "routeTableIds" | "subnetIds" | "securityGroupIds" | "tags"
>;
export type NewEndpoint = EndpointSettings & Pick<EndpointRow, "vpcId" | "serviceName" | "type">;

export function createEndpoint(store: NetworkStore, args: NewEndpoint): EndpointRow {
  store.get("vpc", args.vpcId);
  const id = store.newId("endpoint");
  check(store, id, args);
  const row: EndpointRow = { kind: "endpoint", id, ...args, networkInterfaceIds: [] };
  store.put(withInterfaces(row));
  return row;
}

export function updateEndpoint(store: NetworkStore, id: string, settings: EndpointSettings): void {
  const row = { ...store.get("endpoint", id), ...settings };
  check(store, id, row);
  store.put(withInterfaces(row));
}

export function setEndpointRouteTables(store: NetworkStore, id: string, tables: string[]): void {
  const row = { ...store.get("endpoint", id), routeTableIds: tables };
  check(store, id, row);
  store.put(row);
}

function withInterfaces(row: EndpointRow): EndpointRow {
  const present = row.networkInterfaceIds.slice(0, row.subnetIds.length);
  const added = row.subnetIds.slice(present.length).map(() => newId("eni"));
  return { ...row, networkInterfaceIds: [...present, ...added] };
}

function check(store: NetworkStore, id: string, args: NewEndpoint): void {
  if (args.type === "Gateway" && !/\.(s3|dynamodb)$/.test(args.serviceName)) {
    const text = `The Vpc Endpoint Service '${args.serviceName}' does not support Gateway endpoints`;
    throw ec2Error("InvalidParameter", text);
  }
  if (args.type === "Gateway" && (args.subnetIds.length > 0 || args.securityGroupIds.length > 0)) {
    const text = "Subnets and security groups are only supported for Interface endpoints.";
    throw ec2Error("InvalidParameter", text);
  }
  if (args.type === "Interface" && args.routeTableIds.length > 0) {
    throw ec2Error("InvalidParameter", "Route tables are only supported for Gateway endpoints.");
  }
  if (args.policy !== undefined) checkPolicy(args.policy);
  for (const table of args.routeTableIds) checkRouteTable(store, id, table, args);
  for (const subnet of args.subnetIds) store.get("subnet", subnet);
  for (const group of args.securityGroupIds) store.get("security-group", group);
}

function checkPolicy(policy: string): void {
  try {
    const document = JSON.parse(policy) as { Statement?: unknown };
    if (document.Statement !== undefined) return;
  } catch {
    // answered below, with the error that EC2 has for any malformed policy
  }
  throw ec2Error("InvalidPolicyDocument", "The policy document is not valid");
}

/** A route table reaches a service through one gateway endpoint at most. */
function checkRouteTable(
  store: NetworkStore,
  id: string,
  table: string,
  args: Pick<EndpointRow, "vpcId" | "serviceName">,
): void {
  if (store.get("route-table", table).vpcId !== args.vpcId) {
    const text = `Route table ${table} does not belong to VPC ${args.vpcId}`;
    throw ec2Error("InvalidParameter", text);
  }
  const other = store
    .all("endpoint")
    .find(
      (row) =>
        row.id !== id && row.serviceName === args.serviceName && row.routeTableIds.includes(table),
    );
  if (other === undefined) return;
  const text = `route table ${table} already has a route with destination-prefix-list-id of ${args.serviceName} (${other.id})`;
  throw ec2Error("RouteAlreadyExists", text);
}
