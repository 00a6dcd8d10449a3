import type { Marks, SourceObject } from "../stores/contract.ts";
import { decodeMetadataValue, encodeMetadataValue, type Metadata } from "./metadata.ts";

/** How a target's metadata names are put together: Azure's are identifiers, S3's are header names. */
export type Separator = "_" | "-";

/** What a copy writes on its target, so that the next look can tell what the target holds. */
export function marksOf(source: SourceObject, writer: string): Marks {
  const { pin, size, modified } = source;
  const etag = pin.text === pin.etag ? undefined : pin.etag;
  return { pin: pin.text, etag, size, modified, writer };
}

/** `causeway_pin`, `causeway_etag`, `causeway_size`, `causeway_modified`, `causeway_pipeline`; with `-` for S3. */
export function marksToMetadata(marks: Marks, separator: Separator = "_"): Record<string, string> {
  const pin = encodeMetadataValue(marks.pin);
  const size = String(marks.size);
  const { modified } = marks;
  const writer = encodeMetadataValue(marks.writer);
  // Literals: names that are put together are slow to set, and every object is marked.
  const metadata: Record<string, string> =
    separator === "_"
      ? {
          causeway_pin: pin,
          causeway_size: size,
          causeway_modified: modified,
          causeway_pipeline: writer,
        }
      : {
          "causeway-pin": pin,
          "causeway-size": size,
          "causeway-modified": modified,
          "causeway-pipeline": writer,
        };
  if (marks.etag !== undefined) {
    metadata[`causeway${separator}etag`] = encodeMetadataValue(marks.etag);
  }
  return metadata;
}

/** Undefined when the metadata was not written by a copy of ours, whole. Names without regard to case. Values as the target gives them. */
export function marksFromMetadata(
  metadata: Metadata,
  separator: Separator = "_",
): Marks | undefined {
  const own = `causeway${separator}`;
  const found = `${own}pin` in metadata ? metadata : lowerCase(metadata);
  const pin = found[`${own}pin`];
  const modified = found[`${own}modified`];
  const writer = found[`${own}pipeline`];
  if (pin === undefined || modified === undefined || writer === undefined) return undefined;
  const size = Number(found[`${own}size`]);
  if (!Number.isSafeInteger(size)) return undefined;
  const etag = found[`${own}etag`];
  return {
    pin: decodeMetadataValue(pin),
    etag: etag === undefined ? undefined : decodeMetadataValue(etag),
    size,
    modified,
    writer: decodeMetadataValue(writer),
  };
}

function lowerCase(metadata: Metadata): Metadata {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
