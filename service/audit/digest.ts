import { createHash } from "node:crypto";

/** Of anything that JSON can say, whatever the order of its fields; null of what is not there. */
export function digestOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return `sha256:${createHash("sha256").update(canonical(value)).digest("hex")}`;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
