import {
  OWN_PREFIX,
  decodeMetadataValue,
  encodeMetadataValue,
  metadataBytes,
  toBlobMetadata,
  MAX_METADATA_BYTES,
  type Metadata,
} from "./metadata.ts";
import type { Marks, SourceObject, TargetProperties } from "../stores/contract.ts";

export type Mapped =
  | { readonly ok: true; readonly properties: TargetProperties }
  | { readonly ok: false; readonly class: "MetadataTooLarge"; readonly reason: string };

/** What the target shows besides the bytes: content headers, the source's metadata, and the marks that tell what was copied. */
export function toTargetProperties(source: SourceObject, writer: string): Mapped {
  const { contentType, contentLanguage, cacheControl, contentDisposition } = source.content;
  const headers = {
    contentType: contentType ?? "application/octet-stream",
    contentEncoding: withoutTransferCoding(source.content.contentEncoding),
    contentLanguage,
    cacheControl,
    contentDisposition,
  };
  const carried: Record<string, string> = {};
  for (const name of ["contentLanguage", "cacheControl", "contentDisposition"] as const) {
    const value = headers[name];
    // A blob's header holds printable ASCII; the rest travels as metadata.
    if (value === undefined || /^[\x20-\x7E]*$/.test(value)) continue;
    carried[`${OWN_PREFIX}${snake(name)}`] = encodeMetadataValue(value);
    headers[name] = undefined;
  }
  if (source.content.expires !== undefined) {
    carried[`${OWN_PREFIX}expires`] = encodeMetadataValue(source.content.expires);
  }
  const metadata = {
    ...toBlobMetadata(source.metadata),
    ...carried,
    ...marksToMetadata(marksOf(source, writer)),
  };
  const bytes = metadataBytes(metadata);
  if (bytes > MAX_METADATA_BYTES) {
    const reason = `a blob holds ${MAX_METADATA_BYTES} bytes of metadata, this one needs ${bytes}`;
    return { ok: false, class: "MetadataTooLarge", reason };
  }
  return { ok: true, properties: { ...headers, metadata, contentMd5: source.md5 } };
}

/** What a copy writes on its target, so that the next look can tell what the target holds. */
export function marksOf(source: SourceObject, writer: string): Marks {
  return { pin: source.pin.text, size: source.size, modified: source.modified, writer };
}

export function marksToMetadata(marks: Marks): Record<string, string> {
  return {
    [`${OWN_PREFIX}pin`]: encodeMetadataValue(marks.pin),
    [`${OWN_PREFIX}size`]: String(marks.size),
    [`${OWN_PREFIX}modified`]: marks.modified,
    [`${OWN_PREFIX}pipeline`]: encodeMetadataValue(marks.writer),
  };
}

/** Undefined when the metadata was not written by a copy of ours, whole. Names without regard to case. */
export function marksFromMetadata(metadata: Metadata): Marks | undefined {
  const own = new Map(
    Object.entries(metadata).map(([name, value]) => [
      name.toLowerCase(),
      decodeMetadataValue(value),
    ]),
  );
  const pin = own.get(`${OWN_PREFIX}pin`);
  const size = Number(own.get(`${OWN_PREFIX}size`));
  const modified = own.get(`${OWN_PREFIX}modified`);
  const writer = own.get(`${OWN_PREFIX}pipeline`);
  if (pin === undefined || modified === undefined || writer === undefined) return undefined;
  return Number.isSafeInteger(size) ? { pin, size, modified, writer } : undefined;
}

/** S3 keeps `aws-chunked`, the coding of an upload, beside the content's own codings when a client sends it so. */
function withoutTransferCoding(encoding: string | undefined): string | undefined {
  const codings = (encoding ?? "")
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding.toLowerCase() !== "aws-chunked");
  return codings.length === 0 ? undefined : codings.join(", ");
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
