/**
 * Keeps secrets out of everything that is written: log lines, ledger entries, dead-letter reasons. Known secrets are removed by value,
 * unknown ones by the shape they travel in.
 */
const known = new Set<string>();
const MASK = "[secret]";
const MOST_KNOWN = 200;

/** Values shorter than this would mask ordinary words. */
const SHORTEST = 8;

/** From now on `scrub` removes this value, as it is, percent-encoded, and as JSON writes it. */
export function keepSecret(value: string): void {
  for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) {
    if (form.length < SHORTEST) continue;
    known.delete(form);
    known.add(form);
  }
  // Rotation makes new ones for as long as the process lives; the oldest have expired.
  for (const oldest of known) {
    if (known.size <= MOST_KNOWN) break;
    known.delete(oldest);
  }
}

/** Signatures in queries (as they are, percent-encoded within another query, escaped by JSON or XML), headers and connection strings. */
const SHAPES: readonly RegExp[] = [
  /(X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)(?:=|%3D|%253D))[^&\s"'\\,<>]+/gi,
  /((?:^|[?&;\s"'(]|%26|%3F|\\u0026)(?:sig|AWSAccessKeyId|OSSAccessKeyId|Signature|q-signature|q-ak|security-token)(?:=|%3D))[^&\s"'\\,<>]+/gi,
  /((?:AccountKey|SharedAccessKey|SharedAccessSignature|aws_secret_access_key|aws_session_token)\s*[=:]\s*)[^;\s"'\\]+/gi,
  /(AWS4-HMAC-SHA256 Credential=)[^"'\\\n]+/g,
  /((?:authorization|x-amz-security-token|x-ms-copy-source-authorization)\\?"?\s*[:=]\s*\\?"?)(?:(?:Bearer|Basic|SharedKey)\s+)?[^"'\\\s,}]+/gi,
  /((?:SecretAccessKey|SessionToken|secretAccessKey|sessionToken)\\?"?\s*[:=]\s*\\?"?)[^"'\\\s,}]+/g,
];

export function scrub(text: string): string {
  let clean = text;
  for (const secret of known) {
    if (clean.includes(secret)) clean = clean.replaceAll(secret, MASK);
  }
  for (const shape of SHAPES) clean = clean.replace(shape, `$1${MASK}`);
  return clean;
}
