import { looksSecret } from "./secret-forms.ts";
import { textsIn } from "./texts-in.ts";

/** A rule that a spec breaks: where, and the sentence for its author. */
export interface Breach {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Finds strings that look like access keys, SAS tokens or passwords, wherever in a spec they were typed: as a value or as a name. */
export function secretsIn(value: unknown): Breach[] {
  return [...textsIn(value)]
    .filter(({ text }) => looksSecret(text))
    .map(({ path }) => ({ path, message: SECRET }));
}

const SECRET =
  "Expected no credential in a spec, got what looks like a secret (not shown). " +
  'Put it into SSM Parameter Store (SecureString), Secrets Manager or Key Vault, name it by a reference ("credentials"), and renew it: it has been sent in the clear.';
