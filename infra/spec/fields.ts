import { z } from "zod";
import { HIDDEN, oneOf, wrong } from "./explain.ts";
import { looksSecret } from "./secret-forms.ts";

/** An object that refuses fields it does not know, by name, and says which ones it knows. */
export function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownField(key, known)).join("\n")
        : undefined,
  });
}

/** A union on a discriminating field that says which values it takes. */
export function variants<
  Discriminator extends string,
  Options extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]],
>(discriminator: Discriminator, options: Options, values: readonly string[]) {
  return z.discriminatedUnion(discriminator, options, {
    error: (issue) => {
      // Also asked about what is no object at all; explain words that.
      if (issue.input === null || typeof issue.input !== "object") return undefined;
      const got = (issue.input as Readonly<Record<string, unknown>>)[discriminator];
      return wrong(oneOf(values.map((value) => JSON.stringify(value))), got);
    },
  });
}

const CREDENTIAL_FIELDS =
  /^(access_?key(_?id)?|secret(_?access)?(_?key)?|account_?key|shared_?key|password|passphrase|sas(_?token)?|session_?token|token|api_?key|connection_?string|private_?key)$/i;

function unknownField(key: string, known: readonly string[]): string {
  const name = looksSecret(key) ? HIDDEN : JSON.stringify(key);
  if (CREDENTIAL_FIELDS.test(key)) {
    return (
      `Expected no credential in a spec, got the field ${name}. Put the secret into SSM Parameter Store ` +
      `(SecureString), Secrets Manager or Key Vault and name it by a reference: "credentials": {"parameter": "/path"}.`
    );
  }
  const near = nearest(key, known);
  const remedy = near === undefined ? "Remove it." : `Did you mean ${JSON.stringify(near)}?`;
  return `Expected only the fields ${known.join(", ")}, got ${name}. ${remedy}`;
}

function nearest(key: string, known: readonly string[]): string | undefined {
  const scored = known.map((name) => ({
    name,
    edits: editDistance(key.toLowerCase(), name.toLowerCase()),
  }));
  const [best] = scored.sort((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= Math.max(1, Math.floor(key.length / 3))
    ? best.name
    : undefined;
}

/** Levenshtein's distance, one row at a time. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, charA] of a.split("").entries()) {
    const next = [i + 1];
    for (const [j, charB] of b.split("").entries()) {
      const substitute = (row[j] ?? 0) + (charA === charB ? 0 : 1);
      next.push(Math.min(substitute, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
