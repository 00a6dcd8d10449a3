import { z } from "zod";

const units = { h: 3600, d: 86_400 } as const;
const longest = 366 * units.d;

/** How long a pipeline lives: `12h`, `30d`; as seconds. */
export const Ttl = z
  .string()
  .regex(/^[1-9]\d{0,4}[hd]$/, "Expected hours or days, such as 12h or 30d.")
  .transform((text) => Number(text.slice(0, -1)) * units[text.at(-1) as keyof typeof units])
  .refine((seconds) => seconds <= longest, "Expected 366d at most.")
  .meta({
    type: "string",
    description:
      "After this time the pipeline is deleted as by DELETE: hours or days, such as 12h or 30d.",
    examples: ["30d"],
  });

export interface Life {
  ttl_seconds: number | null;
  expires_at: Date | null;
  /** null: there is nothing to warn of, or it was done. */
  warn_at: Date | null;
}

/**
 * A life that begins now; null: without an end. The warning comes a day before the end, or a tenth of the life before it if that is less:
 * nobody is warned of a short life from its beginning.
 */
export function lifeOf(ttlSeconds: number | null, now = new Date()): Life {
  if (ttlSeconds === null) return { ttl_seconds: null, expires_at: null, warn_at: null };
  const end = now.getTime() + ttlSeconds * 1000;
  const notice = Math.min(units.d * 1000, ttlSeconds * 100);
  return {
    ttl_seconds: ttlSeconds,
    expires_at: new Date(end),
    warn_at: new Date(end - notice),
  };
}

/** A sentence about an end that has been warned of. */
export function warningOf({ expires_at, warn_at }: Life): string | undefined {
  if (expires_at === null || warn_at !== null) return undefined;
  return `It is deleted at ${expires_at.toISOString()}, at the end of its ttl. PUT it with another ttl to keep it.`;
}
