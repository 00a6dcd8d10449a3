import {
  OWN_PREFIX,
  encodeMetadataValue,
  metadataBytes,
  toBlobMetadata,
  MAX_METADATA_BYTES,
} from "./metadata.ts";
import { marksOf, marksToMetadata } from "./marks.ts";
import type { SourceObject, TargetProperties } from "../stores/contract.ts";

export { marksFromMetadata, marksOf, marksToMetadata } from "./marks.ts";

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
