/**
 * User metadata for Azure blobs, both ways without loss.
 *
 * Names: Azure wants C# identifiers and tells names apart without case. What an identifier cannot hold becomes `_xHHHH_` (a UTF-16
 * unit in hex, the convention of .NET's XmlConvert.EncodeName); an underscore before an x is escaped itself; so are
 * upper-case letters where another name differs by case only; so is the first letter of a name in our own `causeway_` space.
 * Values: Azure wants printable ASCII that is not empty; anything else becomes one RFC 2047 encoded word.
 */
export const MAX_METADATA_BYTES = 8 * 1024;
/** Names that begin with it are the pipeline's own. */
export const OWN_PREFIX = "causeway_";

export type Metadata = Readonly<Record<string, string>>;

/** Source metadata as Azure holds it. Two names never share one. */
export function toBlobMetadata(source: Metadata): Record<string, string> {
  const target: Record<string, string> = {};
  // Most objects have none.
  if (isEmpty(source)) return target;
  const alike = byLowerCase(source);
  for (const name in source) {
    const shared = (alike.get(name.toLowerCase()) ?? 0) > 1;
    const encoded = encodeMetadataName(name, shared ? "escaped" : "kept");
    target[encoded] = encodeMetadataValue(source[name] ?? "");
  }
  return target;
}

/** How many names another name differs from by case only. */
export function sharedNames(source: Metadata): number {
  if (isEmpty(source)) return 0;
  let shared = 0;
  for (const count of byLowerCase(source).values()) if (count > 1) shared += count;
  return shared;
}

function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata) return false;
  return true;
}

function byLowerCase(source: Metadata): Map<string, number> {
  const alike = new Map<string, number>();
  for (const name of Object.keys(source)) {
    const lower = name.toLowerCase();
    alike.set(lower, (alike.get(lower) ?? 0) + 1);
  }
  return alike;
}

/** The inverse of `toBlobMetadata`; the pipeline's own entries are left out. */
export function fromBlobMetadata(target: Metadata): Record<string, string> {
  return Object.fromEntries(
    Object.entries(target)
      .filter(([name]) => !name.toLowerCase().startsWith(OWN_PREFIX))
      .map(([name, value]) => [decodeMetadataName(name), decodeMetadataValue(value)]),
  );
}

/** Bytes that Azure counts: names and values. */
export function metadataBytes(metadata: Metadata): number {
  let bytes = 0;
  for (const name in metadata) bytes += name.length + (metadata[name]?.length ?? 0);
  return bytes;
}

/** `upperCase` says what becomes of upper-case letters. */
export function encodeMetadataName(name: string, upperCase: "kept" | "escaped" = "kept"): string {
  if (name === "") return "_x_";
  // An underscore before an x could begin an escape.
  const escaped = name.replace(
    upperCase === "kept" ? /_(?=x)|[^A-Za-z0-9_]/g : /_(?=x)|[^a-z0-9_]/g,
    escapeUnit,
  );
  const ours = escaped.toLowerCase().startsWith(OWN_PREFIX);
  return ours || /^[0-9]/.test(escaped)
    ? escapeUnit(escaped.charAt(0)) + escaped.slice(1)
    : escaped;
}

export function decodeMetadataName(name: string): string {
  if (name === "_x_") return "";
  return name.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}

export function encodeMetadataValue(value: string): string {
  const plain =
    /^[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?$/.test(value) &&
    !(value.startsWith("=?") && /^=\?.*\?=$/.test(value));
  return plain ? value : `=?UTF-8?B?${Buffer.from(value, "utf8").toString("base64")}?=`;
}

/** Reads RFC 2047 encoded words (UTF-8, B and Q), as S3 writes values that HTTP cannot carry; anything else is itself. */
export function decodeMetadataValue(value: string): string {
  if (!value.startsWith("=?")) return value;
  if (!/^=\?utf-8\?[bq]\?[^?]*\?=(?:\s*=\?utf-8\?[bq]\?[^?]*\?=)*$/i.test(value)) return value;
  const words = value.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi);
  return Buffer.concat(
    [...words].map(([, kind = "", text = ""]) =>
      kind.toLowerCase() === "b" ? Buffer.from(text, "base64") : quotedPrintable(text),
    ),
  ).toString("utf8");
}

function quotedPrintable(text: string): Buffer {
  const bytes = text
    .replaceAll("_", " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1");
}

function escapeUnit(unit: string): string {
  return `_x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`;
}
