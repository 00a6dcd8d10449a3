import type { SecurityGroupRow, SecurityRuleRow } from "./rows.ts";
import { ec2Error, type NetworkStore } from "./store.ts";

export function createSecurityGroup(
  store: NetworkStore,
  args: Pick<SecurityGroupRow, "vpcId" | "name" | "description" | "tags">,
): SecurityGroupRow {
  store.get("vpc", args.vpcId);
  const twin = store
    .all("security-group")
    .some((group) => group.vpcId === args.vpcId && group.name === args.name);
  if (twin) {
    const text = `The security group '${args.name}' already exists for VPC '${args.vpcId}'`;
    throw ec2Error("InvalidGroup.Duplicate", text);
  }
  const id = store.newId("security-group");
  const row: SecurityGroupRow = { kind: "security-group", id, ...args };
  store.put(row);
  return row;
}

/** Refused while an endpoint uses the group or another group's rule names it. */
export function deleteSecurityGroup(store: NetworkStore, id: string): void {
  if (store.find("security-group", id) === undefined) return;
  const used =
    store.all("endpoint").some((endpoint) => endpoint.securityGroupIds.includes(id)) ||
    store.all("security-rule").some((rule) => rule.groupId !== id && rule.peer.value === id);
  if (used) throw ec2Error("DependencyViolation", `resource ${id} has a dependent object`);
  for (const rule of store.all("security-rule")) if (rule.groupId === id) store.remove(rule.id);
  store.remove(id);
}

export type NewRule = Omit<SecurityRuleRow, "kind" | "id">;

export function createRule(store: NetworkStore, args: NewRule): SecurityRuleRow {
  store.get("security-group", args.groupId);
  if (args.peer.kind === "security-group") store.get("security-group", args.peer.value);
  const twin = store.all("security-rule").some((rule) => sameTraffic(rule, args));
  if (twin) {
    const text = `the specified rule "peer: ${args.peer.value}, ${describe(args)}, ALLOW" already exists`;
    throw ec2Error("InvalidPermission.Duplicate", text);
  }
  const row: SecurityRuleRow = { kind: "security-rule", id: store.newId("security-rule"), ...args };
  store.put(row);
  return row;
}

/** Changes a rule in place. */
export function updateRule(store: NetworkStore, id: string, args: NewRule): void {
  const present = store.get("security-rule", id);
  if (args.peer.kind === "security-group") store.get("security-group", args.peer.value);
  store.put({ ...present, ...args });
}

/** Makes the group's rules of one direction exactly these (a SecurityGroup with inline rules). */
export function setRules(
  store: NetworkStore,
  groupId: string,
  direction: SecurityRuleRow["direction"],
  rules: readonly NewRule[],
): void {
  const present = store
    .all("security-rule")
    .filter((rule) => rule.groupId === groupId && rule.direction === direction);
  for (const rule of present) {
    if (!rules.some((wanted) => sameTraffic(rule, wanted))) store.remove(rule.id);
  }
  for (const wanted of rules) {
    if (!present.some((rule) => sameTraffic(rule, wanted))) createRule(store, wanted);
  }
}

function sameTraffic(a: NewRule, b: NewRule): boolean {
  return (
    a.groupId === b.groupId &&
    a.direction === b.direction &&
    a.protocol === b.protocol &&
    a.fromPort === b.fromPort &&
    a.toPort === b.toPort &&
    a.peer.kind === b.peer.kind &&
    a.peer.value === b.peer.value
  );
}

function describe(rule: NewRule): string {
  return rule.protocol === "-1"
    ? "ALL"
    : `${rule.protocol.toUpperCase()}, from port: ${rule.fromPort ?? -1}, to port: ${rule.toPort ?? -1}`;
}
