import { decodeMetadataValue, encodeMetadataValue, type Metadata } from "./metadata.ts";

/**
 * User metadata for S3, both ways without loss. Names stay (they are header names already), but a name in our own `causeway-` space (a
 * source that is itself a copy of ours) is put behind `causeway-source-`. Values: printable ASCII stays, anything else becomes one RFC 2047
 * word, which S3 itself uses for them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
export const MAX_S3_METADATA_BYTES = 2048;
const OWN = "causeway-";
const MOVED = "causeway-source-";

export function toS3Metadata(source: Metadata): Record<string, string> {
  const target: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) {
    target[name.startsWith(OWN) ? MOVED + name : name] =
      value === "" ? "" : encodeMetadataValue(value);
  }
  return target;
}

/** The inverse of `toS3Metadata`; the pipeline's own entries are left out. Values as S3 sends them. */
export function fromS3Metadata(target: Metadata): Record<string, string> {
  const source: Record<string, string> = {};
  for (const [name, value] of Object.entries(target)) {
    if (name.startsWith(OWN) && !name.startsWith(MOVED)) continue;
    source[name.startsWith(MOVED) ? name.slice(MOVED.length) : name] = decodeMetadataValue(value);
  }
  return source;
}

/** Bytes that S3 counts: names and values. */
export function s3MetadataBytes(metadata: Metadata): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(metadata)) bytes += name.length + value.length;
  return bytes;
}
