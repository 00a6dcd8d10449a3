/**
 * User metadata for Azure blobs, both ways without loss.
 *
 * Names: Azure wants C# identifiers and tells names apart without case. What an identifier cannot hold becomes `_xHHHH_` (a UTF-16
 * unit in hex, the convention of .NET's XmlConvert.EncodeName); an underscore that would read as such an escape is escaped itself; so are
 * upper-case letters where another name differs from it by case only; so is the first letter of a name in our own `causeway_` space.
 * Values: Azure wants printable ASCII that is not empty; anything else becomes one RFC 2047 encoded word.
 */
export const MAX_METADATA_BYTES = 8 * 1024;
/** Names that begin with it are the pipeline's own. */
export const OWN_PREFIX = "causeway_";

export type Metadata = Readonly<Record<string, string>>;

/** Source metadata as Azure holds it. Two names never share one. */
export function toBlobMetadata(source: Metadata): Record<string, string> {
  const target: Record<string, string> = {};
  const taken = new Set<string>();
  for (const [name, value] of Object.entries(source)) {
    const plain = encodeMetadataName(name);
    const distinct = taken.has(plain.toLowerCase()) ? encodeMetadataName(name, "case") : plain;
    taken.add(distinct.toLowerCase());
    target[distinct] = encodeMetadataValue(value);
  }
  return target;
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
  return Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
}

export function encodeMetadataName(name: string, also?: "case"): string {
  if (name === "") return "_x_";
  const escaped = name
    .replace(/_(?=x(?:[0-9A-Fa-f]{4})?_)/g, escapeUnit)
    .replace(/[^A-Za-z0-9_]/g, escapeUnit);
  const distinct = also === "case" ? escapeCase(name) : escaped;
  const ours = distinct.toLowerCase().startsWith(OWN_PREFIX);
  return ours || /^[0-9]/.test(distinct)
    ? escapeUnit(distinct.charAt(0)) + distinct.slice(1)
    : distinct;
}

export function decodeMetadataName(name: string): string {
  if (name === "_x_") return "";
  return name.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}

export function encodeMetadataValue(value: string): string {
  const plain =
    /^[\x21-\x7E](?:[\x20-\x7E]*[\x21-\x7E])?$/.test(value) && !/^=\?.*\?=$/.test(value);
  return plain ? value : `=?UTF-8?B?${Buffer.from(value, "utf8").toString("base64")}?=`;
}

/** Reads RFC 2047 encoded words (UTF-8, B and Q), as S3 writes values that HTTP cannot carry; anything else is itself. */
export function decodeMetadataValue(value: string): string {
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

/** Every upper-case letter as an escape, on top of the ordinary rules: what is left differs without looking at case. */
function escapeCase(name: string): string {
  return name.replace(/_(?=x(?:[0-9A-Fa-f]{4})?_)/g, escapeUnit).replace(/[^a-z0-9_]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `_x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`;
}
