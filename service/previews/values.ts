import type { Fingerprint } from "../automation/fingerprint.ts";
import { atPath } from "../automation/property-path.ts";
import { isSecret, plaintextOf } from "../automation/secret-mark.ts";

/** A value that may not be shown: only whether it is the same as another. */
export class Hidden {
  readonly print: string;

  constructor(print: string) {
    this.print = print;
  }
}

/** What the engine writes where a value is not known before something is built. */
export const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** How a secret reads that nobody could look at. */
const unseen = "secret";

/**
 * Properties as the engine tells them, every secret in them hidden: with its fingerprint where its plaintext is among them (an export
 * with secrets, a hook), without where it is not (an event).
 */
export function withoutSecrets(value: unknown, fingerprint: Fingerprint): unknown {
  if (value === null || typeof value !== "object" || value instanceof Hidden) return value;
  if (Array.isArray(value)) return value.map((part) => withoutSecrets(part, fingerprint));
  if (isSecret(value)) {
    const plaintext = plaintextOf(value);
    return new Hidden(plaintext === undefined ? unseen : fingerprint(plaintext));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, withoutSecrets(part, fingerprint)]),
  );
}

/** Properties without what is not known yet and what is secret: what price tables and rules look at. */
export function plainOf(value: unknown): unknown {
  if (value instanceof Hidden || value === unknownMark) return undefined;
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(plainOf);
  const entries = Object.entries(value).map(([name, part]) => [name, plainOf(part)] as const);
  return Object.fromEntries(entries.filter(([, part]) => part !== undefined));
}

/** A path into a secret ends at it. */
export function valueAt(value: unknown, path: string): unknown {
  return atPath(value, path, (here) => here instanceof Hidden);
}

export function holdsSecret(value: unknown): boolean {
  if (value instanceof Hidden) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(holdsSecret);
}

/** A value as a text: JSON, `output` for what is not known yet, a fingerprint for a secret; null for none. */
export function textOfValue(value: unknown): string | null {
  if (value === undefined) return null;
  if (value === unknownMark) return "output";
  if (value instanceof Hidden) return value.print;
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Hidden) return part.print;
    return part === unknownMark ? "output" : part;
  });
}
