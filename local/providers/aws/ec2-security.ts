import type { Network } from "../../aws/network/network.ts";
import type { RulePeer, SecurityRuleRow } from "../../aws/network/rows.ts";
import {
  createRule,
  createSecurityGroup,
  deleteSecurityGroup,
  setRules,
  updateRule,
  type NewRule,
} from "../../aws/network/security.ts";
import { ec2Error } from "../../aws/network/store.ts";
import { flag, optionalNumber, optionalText, records, text, texts } from "../framework/access.ts";
import type { Live, Problem } from "../framework/resource-type.ts";
import { name, oneOf } from "../framework/rules.ts";
import type { Props } from "../wire/values.ts";
import type { AwsType } from "./aws.ts";
import { inlineRules } from "./ec2-inline-rules.ts";
import { arn, tagsOf } from "./scope.ts";

export function securityTypes(network: Network): AwsType[] {
  return [
    securityGroup(network),
    classicRule(network),
    rule(network, "ingress"),
    rule(network, "egress"),
  ];
}

function securityGroup({ store }: Network): AwsType {
  return {
    token: "aws:ec2/securityGroup:SecurityGroup",
    autoname: { property: "name", maxLength: 255 },
    supports: [
      "name",
      "description",
      "vpcId",
      "ingress",
      "egress",
      "revokeRulesOnDelete",
      "tags",
      "region",
    ],
    defaults: { description: "Managed by Pulumi", revokeRulesOnDelete: false },
    replaceOn: ["name", "description", "vpcId"],
    sets: ["ingress", "egress", ...["ingress", "egress"].flatMap(listsOfRule)],
    rules: {
      name: name({
        max: 255,
        form: /^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]+$/,
        words: "a security group name, not beginning with sg-",
      }),
    },
    check: (inputs) =>
      inputs["vpcId"] === undefined
        ? [{ property: "vpcId", reason: "the embedded AWS has no default VPC: give one" }]
        : [],
    create: (inputs) =>
      createSecurityGroup(store, {
        vpcId: text(inputs, "vpcId"),
        name: text(inputs, "name"),
        description: text(inputs, "description"),
        tags: tagsOf(inputs),
      }).id,
    settle: (id, inputs) => {
      for (const direction of ["ingress", "egress"] as const) {
        // Without inline rules the group's rules belong to rule resources.
        if (inputs[direction] === undefined) continue;
        const wanted = records(inputs, direction).flatMap((one) => rulesOf(id, direction, one));
        setRules(store, id, direction, wanted);
      }
      store.put({ ...store.get("security-group", id), tags: tagsOf(inputs) });
    },
    read: (id, inputs, scope): Live | undefined => {
      const row = store.find("security-group", id);
      if (row === undefined) return undefined;
      const rows = store.all("security-rule").filter((one) => one.groupId === id);
      const inline = (["ingress", "egress"] as const).filter((side) => inputs[side] !== undefined);
      const live = inline.map((side) => [side, inlineRules(rows, side, records(inputs, side))]);
      return {
        inputs: {
          ...(Object.fromEntries(live) as Props),
          name: row.name,
          description: row.description,
          vpcId: row.vpcId,
          tags: { ...row.tags },
        },
        outputs: {
          arn: arn(scope, "ec2", `security-group/${id}`),
          ownerId: scope.accountId,
          namePrefix: "",
          ...Object.fromEntries(
            ["ingress", "egress"].filter((side) => !(side in inputs)).map((side) => [side, []]),
          ),
        },
      };
    },
    delete: (id) => deleteSecurityGroup(store, id),
  };
}

/** aws.ec2.SecurityGroupRule: one resource for several rules of one port range. */
function classicRule({ store }: Network): AwsType {
  const rowsOf = (inputs: Props): (SecurityRuleRow | undefined)[] => {
    const all = store.all("security-rule");
    return classicRules(inputs).map((wanted) =>
      all.find(
        (row) =>
          row.groupId === wanted.groupId &&
          row.direction === wanted.direction &&
          row.protocol === wanted.protocol &&
          row.fromPort === wanted.fromPort &&
          row.toPort === wanted.toPort &&
          row.peer.value === wanted.peer.value,
      ),
    );
  };
  return {
    token: "aws:ec2/securityGroupRule:SecurityGroupRule",
    defaults: { self: false },
    replaceOn: [
      "type",
      "protocol",
      "fromPort",
      "toPort",
      "cidrBlocks",
      "ipv6CidrBlocks",
      "prefixListIds",
      "sourceSecurityGroupId",
      "securityGroupId",
      "self",
    ],
    deleteBeforeReplace: true,
    rules: { type: oneOf("ingress", "egress") },
    create: (inputs) => {
      const wanted = classicRules(inputs);
      if (wanted.length === 0) {
        throw ec2Error(
          "InvalidParameterValue",
          "One of ['cidr_blocks', 'self', 'source_security_group_id'] must be set",
        );
      }
      const [first] = wanted.map((one) => createRule(store, one));
      return `sgrule-${(first?.id ?? "").replace(/\D/g, "").slice(0, 10)}`;
    },
    settle: (_id, inputs) => {
      const description = optionalText(inputs, "description");
      for (const row of rowsOf(inputs)) if (row !== undefined) store.put({ ...row, description });
    },
    read: (_id, inputs): Live | undefined => {
      const [first, ...others] = rowsOf(inputs);
      if (first === undefined || others.includes(undefined)) return undefined;
      return {
        inputs: { description: first.description ?? null },
        outputs: { securityGroupRuleId: first.id },
      };
    },
    delete: (_id, inputs) => {
      for (const row of rowsOf(inputs)) if (row !== undefined) store.remove(row.id);
    },
  };
}

function rule({ store }: Network, direction: "ingress" | "egress"): AwsType {
  const title = direction === "ingress" ? "Ingress" : "Egress";
  return {
    token: `aws:vpc/securityGroup${title}Rule:SecurityGroup${title}Rule`,
    replaceOn: ["securityGroupId"],
    check: peerProblems,
    create: (inputs) => createRule(store, modernRule(inputs, direction)).id,
    settle: (id, inputs) => updateRule(store, id, modernRule(inputs, direction)),
    read: (id, _inputs, scope): Live | undefined => {
      const row = store.find("security-rule", id);
      if (row === undefined) return undefined;
      const peer = (kind: RulePeer["kind"]) => (row.peer.kind === kind ? row.peer.value : null);
      return {
        inputs: {
          securityGroupId: row.groupId,
          ipProtocol: row.protocol,
          fromPort: row.fromPort ?? null,
          toPort: row.toPort ?? null,
          cidrIpv4: peer("ipv4"),
          cidrIpv6: peer("ipv6"),
          referencedSecurityGroupId: peer("security-group"),
          prefixListId: peer("prefix-list"),
          description: row.description ?? null,
          tags: { ...row.tags },
        },
        outputs: {
          arn: arn(scope, "ec2", `security-group-rule/${id}`),
          securityGroupRuleId: id,
        },
      };
    },
    delete: (id) => store.remove(id),
  };
}

const peers: readonly [string, RulePeer["kind"]][] = [
  ["cidrIpv4", "ipv4"],
  ["cidrIpv6", "ipv6"],
  ["referencedSecurityGroupId", "security-group"],
  ["prefixListId", "prefix-list"],
];

function peerProblems(inputs: Props): Problem[] {
  const given = peers.filter(([property]) => inputs[property] !== undefined);
  if (given.length === 1) return [];
  const names = peers.map(([property]) => property).join(", ");
  return [{ property: "cidrIpv4", reason: `exactly one of ${names} must be given` }];
}

function modernRule(inputs: Props, direction: SecurityRuleRow["direction"]): NewRule {
  const peer = peers.flatMap(([property, kind]) => {
    const value = optionalText(inputs, property);
    return value === undefined ? [] : [{ kind, value }];
  })[0];
  if (peer === undefined) throw ec2Error("MissingParameter", "The request must name a peer.");
  return {
    groupId: text(inputs, "securityGroupId"),
    direction,
    protocol: text(inputs, "ipProtocol"),
    fromPort: optionalNumber(inputs, "fromPort"),
    toPort: optionalNumber(inputs, "toPort"),
    peer,
    description: optionalText(inputs, "description"),
    tags: tagsOf(inputs),
  };
}

function classicRules(inputs: Props): NewRule[] {
  const groupId = text(inputs, "securityGroupId");
  const direction = inputs["type"] === "egress" ? "egress" : "ingress";
  const source = optionalText(inputs, "sourceSecurityGroupId");
  const groups = source === undefined ? {} : { securityGroups: [source] };
  return rulesOf(groupId, direction, { ...inputs, ...groups });
}

/** The rules that one inline block stands for: one for each peer that it names. */
function rulesOf(
  groupId: string,
  direction: SecurityRuleRow["direction"],
  block: Props,
): NewRule[] {
  const all = text(block, "protocol") === "-1";
  const common = {
    groupId,
    direction,
    protocol: text(block, "protocol"),
    fromPort: all ? undefined : optionalNumber(block, "fromPort"),
    toPort: all ? undefined : optionalNumber(block, "toPort"),
    description: optionalText(block, "description"),
    tags: {},
  };
  const named: RulePeer[] = [
    ...texts(block, "cidrBlocks").map((value) => ({ kind: "ipv4" as const, value })),
    ...texts(block, "ipv6CidrBlocks").map((value) => ({ kind: "ipv6" as const, value })),
    ...texts(block, "prefixListIds").map((value) => ({ kind: "prefix-list" as const, value })),
    ...texts(block, "securityGroups").map((value) => ({ kind: "security-group" as const, value })),
    ...(flag(block, "self") ? [{ kind: "security-group" as const, value: groupId }] : []),
  ];
  return named.map((peer) => ({ ...common, peer }));
}

function listsOfRule(side: string): string[] {
  return ["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups"].map(
    (name) => `${side}.*.${name}`,
  );
}
