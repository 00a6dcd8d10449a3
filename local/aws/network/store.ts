import { randomBytes } from "node:crypto";
import { AwsError } from "../contract.ts";
import { Table } from "../../table.ts";
import type { NetworkRow } from "./rows.ts";

type Kind = NetworkRow["kind"];
export type RowOf<K extends Kind> = Extract<NetworkRow, { kind: K }>;

/** How EC2 writes each kind: the prefix of its ids and the error of an id that does not exist. */
const spelling: Record<Kind, { prefix: string; missing: string; noun: string }> = {
  vpc: { prefix: "vpc", missing: "InvalidVpcID.NotFound", noun: "vpc" },
  subnet: { prefix: "subnet", missing: "InvalidSubnetID.NotFound", noun: "subnet" },
  "route-table": { prefix: "rtb", missing: "InvalidRouteTableID.NotFound", noun: "routeTable" },
  association: {
    prefix: "rtbassoc",
    missing: "InvalidAssociationID.NotFound",
    noun: "association",
  },
  "internet-gateway": {
    prefix: "igw",
    missing: "InvalidInternetGatewayID.NotFound",
    noun: "internetGateway",
  },
  address: { prefix: "eipalloc", missing: "InvalidAllocationID.NotFound", noun: "allocation" },
  "nat-gateway": { prefix: "nat", missing: "NatGatewayNotFound", noun: "natGateway" },
  endpoint: { prefix: "vpce", missing: "InvalidVpcEndpointId.NotFound", noun: "Vpc Endpoint" },
  "security-group": { prefix: "sg", missing: "InvalidGroup.NotFound", noun: "security group" },
  "security-rule": {
    prefix: "sgr",
    missing: "InvalidSecurityGroupRuleId.NotFound",
    noun: "security group rule",
  },
};

/** The rows of the VPC model, persisted, with EC2's answers for what is not there. */
export class NetworkStore {
  readonly #rows: Table<NetworkRow>;

  constructor(file?: string) {
    this.#rows = new Table<NetworkRow>(file);
  }

  newId(kind: Kind): string {
    return newId(spelling[kind].prefix);
  }

  put(row: NetworkRow): void {
    this.#rows.set(row.id, row);
  }

  remove(id: string): void {
    this.#rows.delete(id);
  }

  find<K extends Kind>(kind: K, id: string): RowOf<K> | undefined {
    const row = this.#rows.get(id);
    return row?.kind === kind ? (row as RowOf<K>) : undefined;
  }

  /** Throws EC2's NotFound for the kind. */
  get<K extends Kind>(kind: K, id: string): RowOf<K> {
    const row = this.find(kind, id);
    if (row !== undefined) return row;
    const { missing, noun } = spelling[kind];
    throw ec2Error(missing, `The ${noun} ID '${id}' does not exist`);
  }

  all<K extends Kind>(kind: K): RowOf<K>[] {
    return this.#rows.values().filter((row): row is RowOf<K> => row.kind === kind);
  }

  ids(): string[] {
    return this.#rows.entries().map(([id]) => id);
  }
}

/** `vpc-0a1b...`: 17 hex digits, as EC2's ids since 2018. */
export function newId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString("hex")}`;
}

export function ec2Error(code: string, message: string): AwsError {
  return new AwsError(code, 400, message);
}

export function dependencyViolation(noun: string, id: string): AwsError {
  return ec2Error(
    "DependencyViolation",
    `The ${noun} '${id}' has dependencies and cannot be deleted.`,
  );
}
