import { looksSecret } from "./secret-forms.ts";

/** A rule that a spec breaks: where, and the sentence for its author. */
export interface Breach {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Finds strings that look like access keys, SAS tokens or passwords, wherever in a spec they were typed: as a value or as a name. */
export function secretsIn(value: unknown, path: readonly (string | number)[] = []): Breach[] {
  if (typeof value === "string") return looksSecret(value) ? [{ path, message: SECRET }] : [];
  if (value === null || typeof value !== "object") return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index): [number, unknown] => [index, item])
    : Object.entries(value);
  return entries.flatMap(([key, item]) => {
    const at = [...path, key];
    const named = typeof key === "string" && looksSecret(key);
    return [...(named ? [{ path: at, message: SECRET }] : []), ...secretsIn(item, at)];
  });
}

const SECRET =
  "Expected no credential in a spec, got what looks like a secret (not shown). " +
  'Put it into SSM Parameter Store (SecureString), Secrets Manager or Key Vault, name it by a reference ("credentials"), and renew it: it has been sent in the clear.';
