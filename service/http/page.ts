import { z } from "zod";
import { fields } from "../../infra/spec/fields.ts";
import { RequestProblem } from "./problem.ts";

const LIMIT_RULE = "a whole number from 1 to 500";

/** Query parameters of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `Expected ${LIMIT_RULE}.`)
    .transform(Number)
    .refine((limit) => limit <= 500, `Expected ${LIMIT_RULE}.`)
    .default(100)
    .meta({
      description: "Rows to answer with at most.",
      type: "integer",
      minimum: 1,
      maximum: 500,
    }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,4096}$/, "Expected a nextCursor of this list, unchanged.")
    .optional()
    .meta({ description: "The nextCursor of the page before; opaque." }),
};

/** A query without parameters of its own. */
export const noQuery = fields({});

/** An opaque cursor of what a list's next page needs to know. */
export function toCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** @throws RequestProblem for a cursor that this list never gave. */
export function fromCursor<T extends z.ZodType>(
  schema: T,
  cursor: string | undefined,
): z.output<T> | undefined {
  if (cursor === undefined) return undefined;
  const result = schema.safeParse(parseOrUndefined(cursor));
  if (result.success) return result.data;
  const detail =
    "Expected a nextCursor of this list, unchanged. Leave it out to begin at the start.";
  throw new RequestProblem("invalid-request", `/cursor: ${detail}`, {
    errors: [{ in: "query", pointer: "/cursor", detail }],
  });
}

/** Cuts the row too many that says that there is a next page. */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => unknown,
  present: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(present),
    nextCursor: rows.length > limit && last !== undefined ? toCursor(position(last)) : null,
  };
}

function parseOrUndefined(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
