import { notFound, RequestProblem } from "../http/problem.ts";

/** What an endpoint demands of whoever calls it; nothing is mounted without. */
export type Access = "public" | "signed-in" | "operator" | { tenant: Need };

/** What somebody wants to do with a tenant's things. */
export type Need = "read" | "write" | "admin";

/** What somebody is to a tenant; each can do what those before it can. */
export const roles = ["reader", "writer", "admin"] as const;
export type Role = (typeof roles)[number];

const roleFor: Record<Need, Role> = { read: "reader", write: "writer", admin: "admin" };

export interface Identity {
  /** Stable, and unique over all kinds: `local`, `oidc:SUBJECT`, `token:ID`. */
  id: string;
  /** For people to read, in the audit log for one. */
  name: string;
  kind: "user" | "machine" | "local" | "nobody";
  /** May do everything in every tenant. */
  operator: boolean;
  /** Tenant to role. */
  roles: Readonly<Record<string, Role>>;
  /** When a machine token ends; what it makes ends no later. */
  until?: Date;
}

/** Who sent a request, and what they may do. */
export class Principal {
  readonly id: string;
  readonly name: string;
  readonly kind: Identity["kind"];
  readonly operator: boolean;
  readonly until: Date | undefined;
  readonly #roles: ReadonlyMap<string, Role>;

  constructor(identity: Identity) {
    this.id = identity.id;
    this.name = identity.name;
    this.kind = identity.kind;
    this.operator = identity.operator;
    this.until = identity.until;
    this.#roles = new Map(Object.entries(identity.roles));
  }

  /** An operator is an admin everywhere. */
  roleIn(tenant: string): Role | undefined {
    return this.operator ? "admin" : this.#roles.get(tenant);
  }

  may(tenant: string, need: Need): boolean {
    const role = this.roleIn(tenant);
    return role !== undefined && roles.indexOf(role) >= roles.indexOf(roleFor[need]);
  }

  /** Tenant to role. */
  get roles(): Record<string, Role> {
    return Object.fromEntries(this.#roles);
  }

  /** The tenants whose things may be listed; undefined: all. */
  tenants(): string[] | undefined {
    return this.operator ? undefined : [...this.#roles.keys()];
  }

  /**
   * @param what - What is asked for, as `notFound` takes it.
   * @throws RequestProblem `not-found` where one may not even know of the tenant's things; `forbidden` where one may, but not do this.
   */
  require(tenant: string, need: Need, what = `tenant ${tenant}`): void {
    if (this.may(tenant, need)) return;
    const role = this.roleIn(tenant);
    if (role === undefined) {
      // Not in that tenant's log: it would tell them who is somebody elsewhere.
      const refused = { tenant: null };
      throw new RequestProblem("not-found", notFound(what).message, { refused });
    }
    throw new RequestProblem(
      "forbidden",
      `This takes the role ${roleFor[need]} in tenant ${tenant}; ${this.name} has the role ${role}. Ask an admin of the tenant.`,
      { refused: { tenant } },
    );
  }

  /** @throws RequestProblem `forbidden` */
  requireOperator(): void {
    if (this.operator) return;
    throw new RequestProblem(
      "forbidden",
      `This is for operators of the whole service; ${this.name} is none.`,
      { refused: { tenant: null } },
    );
  }
}

/** Whoever calls a public endpoint. */
export const nobody = new Principal({
  id: "nobody",
  name: "nobody",
  kind: "nobody",
  operator: false,
  roles: {},
});

/** The service itself, for what it does unasked. */
export const service = new Principal({
  id: "service",
  name: "causeway",
  kind: "machine",
  operator: true,
  roles: {},
});

/** Whoever is on this machine, while no issuer is set up. */
export const local = new Principal({
  id: "local",
  name: "local",
  kind: "local",
  operator: true,
  roles: {},
});
