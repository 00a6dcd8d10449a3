import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import type { TokenRow } from "../db/tokens.ts";

const moment = z.iso.datetime().meta({ description: "ISO 8601, UTC." });

export const longestDays = 366;
const standardDays = 90;

const name = z
  .string()
  .regex(
    /^(?!.*[\u0000-\u001f\u007f])\S(.{0,98}\S)?$/,
    "Expected 1 to 100 characters on one line, such as `deploy from CI`.",
  )
  .meta({ description: "What it is for: the audit log calls its holder so." });

const days = z
  .int()
  .min(1)
  .max(longestDays)
  .optional()
  .meta({
    description: `After how many days it ends; by default ${standardDays}, or sooner with its maker.`,
  });

export const NewTenantToken = fields({
  name,
  role: z.enum(["reader", "writer", "admin"]),
  days,
}).meta({ id: "NewToken" });

export const NewOperatorToken = fields({ name, days }).meta({ id: "NewOperatorToken" });

export const Token = z
  .object({
    id: z.string(),
    name: z.string(),
    tenant: z.string().nullable(),
    role: z.enum(["reader", "writer", "admin", "operator"]),
    createdAt: moment,
    createdBy: z.string(),
    expiresAt: moment,
    lastUsedAt: moment.nullable().meta({ description: "To the minute." }),
    revokedAt: moment.nullable(),
  })
  .meta({ id: "Token", description: "A machine token, without its secret." });

export const MadeToken = Token.extend({
  token: z.string().meta({ description: "Shown this once, and kept nowhere: `cwt_ID_SECRET`." }),
}).meta({ id: "MadeToken" });

export function presentToken(row: TokenRow): z.output<typeof Token> {
  return {
    id: row.id,
    name: row.name,
    tenant: row.tenant,
    role: row.role,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}

/** When a token ends that is asked for now; undefined when it would outlive the token that makes it. */
export function endOf(days: number | undefined, until: Date | undefined): Date | undefined {
  const end = new Date(Date.now() + (days ?? standardDays) * 86_400_000);
  if (until === undefined || end <= until) return end;
  return days === undefined ? until : undefined;
}
