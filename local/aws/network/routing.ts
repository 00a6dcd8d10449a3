import { parseCidr } from "./cidr.ts";
import type { AssociationRow, RouteRow, RouteTableRow, RouteTarget } from "./rows.ts";
import { dependencyViolation, ec2Error, type NetworkStore } from "./store.ts";

export function createRouteTable(
  store: NetworkStore,
  args: Pick<RouteTableRow, "vpcId" | "tags">,
): RouteTableRow {
  store.get("vpc", args.vpcId);
  const id = store.newId("route-table");
  const table: RouteTableRow = { kind: "route-table", id, main: false, routes: [], ...args };
  store.put(table);
  return table;
}

export function deleteRouteTable(store: NetworkStore, id: string): void {
  const table = store.find("route-table", id);
  if (table === undefined) return;
  const used = table.main || store.all("association").some((row) => row.routeTableId === id);
  if (used) throw dependencyViolation("routeTable", id);
  for (const endpoint of store.all("endpoint")) {
    if (!endpoint.routeTableIds.includes(id)) continue;
    const routeTableIds = endpoint.routeTableIds.filter((other) => other !== id);
    store.put({ ...endpoint, routeTableIds });
  }
  store.remove(id);
}

/** Adds a route; a second one to the same destination is refused, as EC2 refuses it. */
export function createRoute(store: NetworkStore, tableId: string, route: RouteRow): void {
  const table = store.get("route-table", tableId);
  if (parseCidr(route.destination) === undefined) {
    const text = `The destination CIDR block ${route.destination} is not a valid CIDR block`;
    throw ec2Error("InvalidParameterValue", text);
  }
  if (table.routes.some((other) => other.destination === route.destination)) {
    throw ec2Error(
      "RouteAlreadyExists",
      `The route identified by ${route.destination} already exists.`,
    );
  }
  checkTarget(store, table, route.target);
  store.put({ ...table, routes: [...table.routes, route] });
}

export function replaceRoute(store: NetworkStore, tableId: string, route: RouteRow): void {
  const table = store.get("route-table", tableId);
  if (!table.routes.some((other) => other.destination === route.destination)) {
    const text = `There is no route defined for '${route.destination}' in the route table. Use CreateRoute instead.`;
    throw ec2Error("InvalidParameterValue", text);
  }
  checkTarget(store, table, route.target);
  const others = table.routes.filter((other) => other.destination !== route.destination);
  store.put({ ...table, routes: [...others, route] });
}

/** Makes the table's routes exactly these (a RouteTable resource with inline routes). */
export function setRoutes(store: NetworkStore, tableId: string, routes: readonly RouteRow[]): void {
  const table = store.get("route-table", tableId);
  for (const route of routes) checkTarget(store, table, route.target);
  store.put({ ...table, routes });
}

export function deleteRoute(store: NetworkStore, tableId: string, destination: string): void {
  const table = store.find("route-table", tableId);
  if (table === undefined) return;
  const routes = table.routes.filter((route) => route.destination !== destination);
  store.put({ ...table, routes });
}

function checkTarget(store: NetworkStore, table: RouteTableRow, target: RouteTarget): void {
  if (target.kind === "nat-gateway") {
    store.get("nat-gateway", target.id);
    return;
  }
  const gateway = store.get("internet-gateway", target.id);
  if (gateway.vpcId === table.vpcId) return;
  const text = `route table ${table.id} and network gateway ${target.id} belong to different networks`;
  throw ec2Error("InvalidParameterValue", text);
}

/** A subnet has one route table at a time. */
export function associate(
  store: NetworkStore,
  args: Pick<AssociationRow, "routeTableId" | "subnetId">,
): AssociationRow {
  const table = store.get("route-table", args.routeTableId);
  const subnet = store.get("subnet", args.subnetId);
  if (table.vpcId !== subnet.vpcId) {
    const text = `Route table ${table.id} and subnet ${subnet.id} belong to different networks`;
    throw ec2Error("InvalidParameterValue", text);
  }
  const present = store.all("association").find((row) => row.subnetId === args.subnetId);
  if (present !== undefined) {
    const text = `The specified association for route table ${present.routeTableId} conflicts with an existing association`;
    throw ec2Error("Resource.AlreadyAssociated", text);
  }
  const row: AssociationRow = { kind: "association", id: store.newId("association"), ...args };
  store.put(row);
  return row;
}

/** The table that decides where a subnet's traffic goes: its own, else its VPC's main one. */
export function routeTableOf(store: NetworkStore, subnetId: string): RouteTableRow {
  const subnet = store.get("subnet", subnetId);
  const own = store.all("association").find((row) => row.subnetId === subnetId);
  if (own !== undefined) return store.get("route-table", own.routeTableId);
  const main = store.all("route-table").find((row) => row.main && row.vpcId === subnet.vpcId);
  return store.get("route-table", main?.id ?? "rtb-none");
}
