import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ConfigValue } from "../automation/request.ts";
import type { Approval } from "./findings.ts";

export function packed(plan: string): string {
  return gzipSync(plan).toString("base64");
}

export function unpacked(plan: string): string {
  return gunzipSync(Buffer.from(plan, "base64")).toString();
}

/**
 * What an approval is bound to: sha-256 over the plan in a canonical form, the config and the program. What differs from one making of a
 * plan to the next and means nothing is left out: its time, its seeds (the names made of them stay in), and the ciphertexts, of
 * which the secrets' fingerprints stand.
 */
export function digestOf(
  approval: Pick<Approval, "plan" | "program" | "fingerprints">,
  config: Readonly<Record<string, ConfigValue>>,
): string {
  const { resourcePlans } = JSON.parse(unpacked(approval.plan)) as { resourcePlans?: unknown };
  const { program, fingerprints } = approval;
  const open = Object.entries(config).filter(([, { secret }]) => secret !== true);
  const subject = { plan: resourcePlans, config: Object.fromEntries(open), program, fingerprints };
  return `sha256:${createHash("sha256").update(canonical(subject)).digest("hex")}`;
}

const meaningless = new Set(["seed", "ciphertext"]);
/** Of a resource's goal: what the program's promises happen to tell first. */
const unordered = new Set(["dependencies", "propertyDependencies", "structuredAliases"]);

/** JSON with its fields in order, and what has no order of its own sorted. */
function canonical(value: unknown, sorted = false): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item));
    return `[${(sorted ? items.sort() : items).join()}]`;
  }
  const fields = Object.entries(value)
    .filter(([name, part]) => part !== undefined && !meaningless.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => [name, canonical(part, sorted || unordered.has(name))] as const)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`);
  return `{${fields.join()}}`;
}
