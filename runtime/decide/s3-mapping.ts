import type { SourceObject } from "../stores/contract.ts";
import { mapContent } from "./content.ts";
import type { Mapped, Mapping, MappingOptions, Tags, Tiers } from "./mapping.ts";
import { marksOf, marksToMetadata } from "./marks.ts";
import type { TargetName } from "./names.ts";
import { rebase, unbase } from "./prefixes.ts";
import { toS3Metadata, s3MetadataBytes, MAX_S3_METADATA_BYTES } from "./s3-metadata.ts";
import { toS3Tags } from "./tags.ts";
import { storageClass } from "./tiers.ts";

/** Bytes of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/** S3 objects: keys, headers and tags as they are, marks as `x-amz-meta-causeway-*`. */
export function s3Mapping(options: MappingOptions): Mapping {
  const { prefix, strip = "", writer, tiers = "map" } = options;
  return {
    kind: "s3",
    name: (key) => keyName(rebase(key, strip, prefix), strip),
    key(name) {
      const key = unbase(name, strip, prefix);
      return key === "" ? undefined : key;
    },
    properties: (source, tags) => properties(source, tags, writer, tiers),
  };
}

function keyName(name: string | undefined, strip: string): TargetName {
  if (name === undefined) return refuse(`the key does not begin with ${strip}`);
  if (name === "") return refuse("the key is empty");
  if (!name.isWellFormed()) return refuse("the key is not valid Unicode");
  // A UTF-16 unit is three bytes at most.
  const bytes = name.length * 3 <= MAX_KEY_BYTES ? 0 : Buffer.byteLength(name);
  if (bytes <= MAX_KEY_BYTES) return { ok: true, name, encoded: false };
  return refuse(`an S3 key holds ${MAX_KEY_BYTES} bytes, this one needs ${bytes}`);
}

function properties(source: SourceObject, tags: Tags, writer: string, tiers: Tiers): Mapped {
  const { headers, carried } = mapContent(source.content, "-");
  const metadata = {
    ...toS3Metadata(source.metadata),
    ...carried,
    ...marksToMetadata(marksOf(source, writer), "-"),
  };
  const bytes = s3MetadataBytes(metadata);
  if (bytes > MAX_S3_METADATA_BYTES) {
    const reason = `an S3 object holds ${MAX_S3_METADATA_BYTES} bytes of metadata, this one needs ${bytes}`;
    return { ok: false, class: "MetadataTooLarge", reason };
  }
  const mappedTags = tags === undefined ? undefined : toS3Tags(tags);
  if (mappedTags?.ok === false) return mappedTags;
  return {
    ok: true,
    collisions: 0,
    properties: {
      ...headers,
      metadata,
      tags: mappedTags?.tags,
      tier: tiers === "map" ? storageClass(source.storageClass) : undefined,
    },
  };
}

function refuse(reason: string): TargetName {
  return { ok: false, class: "InvalidName", reason };
}
