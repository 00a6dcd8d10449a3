/** Takes secrets out of a text that people will read. */
export type Redact = (text: string) => string;

/** Shapes that are secret wherever they stand: signatures of URLs, account keys, bearer tokens, URL passwords. */
const shapes: readonly [RegExp, string][] = [
  [/\b(sig|X-Amz-Signature|X-Amz-Security-Token)=[^&\s"'<>]+/gi, "$1=[secret]"],
  [/\b(AccountKey|SharedAccessSignature)=[^;\s"']+/g, "$1=[secret]"],
  [/\b(Bearer|SharedKey) [A-Za-z0-9+/=._~:-]{8,}/g, "$1 [secret]"],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^/\s:@]*):[^/\s@]+@/gi, "$1:[secret]@"],
];

/** Names of environment variables whose values are secret. */
const secretName = /(SECRET|TOKEN|PASSWORD|PASSPHRASE|_KEY)$/;
/** A key id is no secret, and a short value would take harmless text with it. */
const notSecret = /ACCESS_KEY_ID$/;
const shortestSecret = 6;

/** A redactor that knows `secrets` (and how JSON and URLs write them) and the shapes above. */
export function redactor(secrets: readonly string[]): Redact {
  const spellings = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < shortestSecret) continue;
    spellings.add(secret);
    spellings.add(JSON.stringify(secret).slice(1, -1));
    spellings.add(encodeURIComponent(secret));
  }
  // Longest first: a secret that contains another one goes as a whole.
  const ordered = [...spellings].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const spelling of ordered) clean = clean.replaceAll(spelling, "[secret]");
    for (const [shape, replacement] of shapes) clean = clean.replaceAll(shape, replacement);
    return clean;
  };
}

/** The values of an environment that must not be shown. */
export function secretsOf(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env)
    .filter(
      ([name, value]) => secretName.test(name) && !notSecret.test(name) && value !== undefined,
    )
    .map(([, value]) => value ?? "");
}

/** Cuts a text to a length, saying that it did. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
