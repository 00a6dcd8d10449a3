/** Shapes that are secret wherever they stand, though nobody told us of the value: signatures of URLs, keys, tokens, passwords in addresses. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [
    /\b(sig|X-(?:Amz|Goog)-(?:Signature|Security-Token))(=|%3D|%253D|\\u003d)[^&\s"'\\<>]+/gi,
    "$1$2[secret]",
  ],
  [
    /\b((?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)=)[^;\s"'\\]+/gi,
    "$1[secret]",
  ],
  [/\b(Bearer|SharedKey|Basic) [A-Za-z0-9+/=._~:-]{8,}/g, "$1 [secret]"],
  [/(\bSignature=)[0-9a-f]{64}\b/g, "$1[secret]"],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^/\s:@"']*):[^/\s@"']+@/gi, "$1:[secret]@"],
  [
    /((?:x-amz-security-token|x-ms-copy-source-authorization|aws_secret_access_key|aws_session_token|secretAccessKey|sessionToken|api[-_]key)\\*["']?\s*[:=]\s*\\*["']?)[^"'\\\s,;}]+/gi,
    "$1[secret]",
  ],
  [/\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{22,}|\bcwt_[A-Za-z0-9-]+_[\w-]{16,}/g, "[secret]"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*/g, "[secret]"],
  [
    /(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
    "$1[secret]$2",
  ],
];

export function withoutShapes(text: string): string {
  let clean = text;
  for (const [shape, replacement] of SHAPES) clean = clean.replaceAll(shape, replacement);
  return clean;
}
