import type { Db } from "../db/database.ts";
import { findToken, noteUse, type TokenRow } from "../db/tokens.ts";
import { isSecretOf, parseMachineToken } from "./machine-token.ts";
import { Principal } from "./principal.ts";
import { unauthorized } from "./unauthorized.ts";

/** Who a machine token stands for; looked up at every request, so that a revoked one is refused at once. */
export async function verifyMachineToken(db: Db, token: string): Promise<Principal> {
  const parts = parseMachineToken(token);
  const row = parts === undefined ? undefined : await findToken(db, parts.id);
  if (parts === undefined || row === undefined || !isSecretOf(parts.secret, row.secret_hash)) {
    throw unauthorized("There is no such machine token.");
  }
  const why = refusalOf(row);
  if (why !== undefined) {
    const { tenant } = row;
    throw unauthorized(why, { tenant, principal: { ...holderOf(row), kind: "machine" } });
  }
  await noteUse(db, row);
  return principalOf(row);
}

function refusalOf({ revoked_at, expires_at }: TokenRow): string | undefined {
  if (revoked_at !== null) return `The machine token was revoked on ${revoked_at.toISOString()}.`;
  if (expires_at.getTime() > Date.now()) return undefined;
  return `The machine token expired on ${expires_at.toISOString()}: make a new one.`;
}

function principalOf(row: TokenRow): Principal {
  const { tenant, role } = row;
  return new Principal({
    ...holderOf(row),
    kind: "machine",
    operator: role === "operator",
    roles: tenant === null || role === "operator" ? {} : { [tenant]: role },
    until: row.expires_at,
  });
}

function holderOf({ id, name }: TokenRow): { id: string; name: string } {
  return { id: `token:${id}`, name };
}
