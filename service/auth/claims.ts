import type { JWTPayload } from "jose";
import { TenantName } from "../../infra/spec/index.ts";
import { Principal, roles, type Role } from "./principal.ts";
import type { IssuerSettings } from "./settings.ts";

/** Who a verified token stands for. Without any role of ours one is known, and may do nothing. */
export function principalOf(payload: JWTPayload, settings: IssuerSettings): Principal {
  const { sub = "" } = payload;
  const listed = rolesIn(payload, settings.rolesClaim)
    .filter((role) => role.startsWith(settings.rolesPrefix))
    .map((role) => role.slice(settings.rolesPrefix.length));
  return new Principal({
    id: `oidc:${sub}`,
    name: nameIn(payload) ?? sub,
    kind: "user",
    operator: listed.includes("operator"),
    roles: tenantRoles(listed),
  });
}

/** A claim is found by its name as it is (which may be a URL), else as a path into others. */
function rolesIn(payload: JWTPayload, claim: string): string[] {
  const value = Object.hasOwn(payload, claim)
    ? payload[claim]
    : claim.split(".").reduce<unknown>((inner, name) => own(inner, name), payload);
  if (typeof value === "string") return value.split(/[\s,]+/).filter((role) => role !== "");
  return Array.isArray(value) ? value.filter((role) => typeof role === "string") : [];
}

function own(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** `TENANT:ROLE`; of several roles in a tenant the highest counts, and what is none of these counts for nothing. */
function tenantRoles(listed: readonly string[]): Record<string, Role> {
  const found = new Map<string, Role>();
  for (const text of listed) {
    const [tenant = "", name, ...rest] = text.split(":");
    const role = roles.find((known) => known === name);
    if (role === undefined || rest.length > 0 || !TenantName.safeParse(tenant).success) continue;
    const before = found.get(tenant);
    if (before === undefined || roles.indexOf(role) > roles.indexOf(before)) {
      found.set(tenant, role);
    }
  }
  return Object.fromEntries(found);
}

const longestName = 200;

function nameIn({ preferred_username, email, name }: JWTPayload): string | undefined {
  const found = [preferred_username, email, name].find(
    (value): value is string => typeof value === "string" && value !== "",
  );
  return found?.slice(0, longestName);
}
