import type { z } from "zod";
import { looksSecret } from "./explain.ts";

/** A rule that a spec breaks: where, and the sentence for its author. */
export interface Breach {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Reports breaches of rules that span fields. */
export function refuse(context: z.RefinementCtx, breaches: readonly Breach[]): void {
  for (const { path, message } of breaches)
    context.addIssue({ code: "custom", path: [...path], message });
}

/** Finds strings that look like access keys, SAS tokens or passwords, wherever in a spec they were typed. */
export function secretsIn(value: unknown, path: readonly (string | number)[] = []): Breach[] {
  if (typeof value === "string") return looksSecret(value) ? [{ path, message: SECRET }] : [];
  if (value === null || typeof value !== "object") return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index): [number, unknown] => [index, item])
    : Object.entries(value);
  return entries.flatMap(([key, item]) => secretsIn(item, [...path, key]));
}

const SECRET =
  "Expected no credential in a spec, got what looks like a secret (not shown). " +
  'Put it into SSM Parameter Store (SecureString) or Secrets Manager, name it by a reference ("credentials"), and renew it: it has been sent in the clear.';
