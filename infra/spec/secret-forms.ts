/*
 * Shapes of credentials, so that one which somebody types into a spec is refused and never shown. They are narrow on purpose: a key
 * prefix such as `exports/2026/Reports/...` or a hash in a folder's name is no secret.
 */
const FORMS: readonly RegExp[] = [
  // Access keys of AWS, Alibaba, Tencent, Google; session tokens of AWS.
  /\b(AKIA|ASIA)[A-Z0-9]{12,}/,
  /\bLTAI[A-Za-z0-9]{12,}/,
  /\bAKID[A-Za-z0-9]{28,}/,
  /\bAIza[\w-]{35}/,
  /\b(IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz)[A-Za-z0-9+/=]{16,}/,
  // Azure: account keys (64 bytes), SAS signatures (32 bytes), client secrets of Entra.
  /(^|[^A-Za-z0-9+/])[A-Za-z0-9+/]{86}==/,
  /\b(AccountKey|SharedAccessKey|SharedAccessSignature)=/i,
  /[?&]sig=[^&\s]{8,}/i,
  /\bsig=([A-Za-z0-9+/]|%2[BF]){43}(=|%3D)/i,
  /(^|[^\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}/,
  // Presigned URLs.
  /\bX-(Amz|Goog)-(Signature|Credential|Security-Token)=/i,
  // Named values, as connection strings and forms carry them.
  /\b(password|passwd|pwd|passphrase|secret|client_secret|api_?key|access_?key|secret_?(access_?)?key|aws_secret_access_key|aws_session_token)=/i,
  // Tokens of services.
  /\bgh[pousr]_[A-Za-z0-9]{30,}/,
  /\bgithub_pat_\w{22,}/,
  /\bglpat-[\w-]{20,}/,
  /\bxox[abposr]-[\w-]{10,}/,
  /\bnpm_[A-Za-z0-9]{36}/,
  /\bpul-[0-9a-f]{40}/,
  /\b[rs]k_live_[A-Za-z0-9]{16,}/,
  /\bcwt_[A-Za-z0-9-]+_[\w-]{16,}/,
  /\bhooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/i,
  /\beyJ[\w-]{10,}\.[\w-]{10,}(\.[\w-]*)?/,
  /\b(Bearer|Basic|SharedKey)\s+[\w.~+/=:-]{16,}/i,
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/,
  // A password within an address.
  /\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@?#]*:[^/\s@?#]+@/i,
];

/** True for access keys, SAS tokens, account keys, connection strings, tokens, passwords in addresses and private keys. */
export function looksSecret(text: string): boolean {
  if (isSecretKey(text.trim()) || FORMS.some((form) => form.test(text))) return true;
  const decoded = percentDecoded(text);
  return decoded !== text && looksSecret(decoded);
}

const SECRET_KEY_LENGTH = 40;
/** A random key of 40 characters changes between upper case, lower case and digits 22 times on average, a path of words seldom. */
const LEAST_CHANGES = 14;

/** A secret access key of AWS: 40 characters of base64, alone. A SHA-1 in hexadecimal has the length, but not the alphabet. */
function isSecretKey(text: string): boolean {
  if (text.length !== SECRET_KEY_LENGTH || !/^[A-Za-z0-9+/]+$/.test(text)) return false;
  if (/^[0-9a-f]+$/i.test(text)) return false;
  const changes = text.match(CHANGE)?.length ?? 0;
  return changes >= LEAST_CHANGES;
}

const CHANGE = /[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|[0-9](?=[A-Za-z])/g;

function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
