import type { SourceObject } from "../stores/contract.ts";
import { mapContent } from "./content.ts";
import type { Mapped, Mapping, MappingOptions, Tags, Tiers } from "./mapping.ts";
import { marksOf, marksToMetadata } from "./marks.ts";
import {
  MAX_METADATA_BYTES,
  OWN_PREFIX,
  encodeMetadataValue,
  metadataBytes,
  sharedNames,
  toBlobMetadata,
} from "./metadata.ts";
import { decodeName, toBlobName } from "./names.ts";
import { rebase, unbase } from "./prefixes.ts";
import { toBlobTags } from "./tags.ts";
import { accessTier } from "./tiers.ts";

/** Blobs: encoded names, identifiers as metadata names, access tiers, index tags. Expires, which Azure does not have, becomes metadata. */
export function azureMapping(options: MappingOptions): Mapping {
  const { prefix, strip = "", writer, tiers = "map" } = options;
  return {
    kind: "azure-blob",
    name(key) {
      const wanted = rebase(key, strip, prefix);
      if (wanted !== undefined) return toBlobName(wanted);
      return { ok: false, class: "InvalidName", reason: `the key does not begin with ${strip}` };
    },
    key(name) {
      const key = unbase(decodeName(name), strip, prefix);
      // A name that another tool wrote may decode to a key whose own name is another.
      return key !== undefined && key !== "" && rebased(key, options) === name ? key : undefined;
    },
    properties: (source, tags) => properties(source, tags, writer, tiers),
  };
}

function rebased(key: string, { strip = "", prefix }: MappingOptions): string | undefined {
  const name = toBlobName(rebase(key, strip, prefix) ?? "");
  return name.ok ? name.name : undefined;
}

function properties(source: SourceObject, tags: Tags, writer: string, tiers: Tiers): Mapped {
  const { headers, carried } = mapContent(source.content, "_");
  if (headers.expires !== undefined) {
    carried[`${OWN_PREFIX}expires`] = encodeMetadataValue(headers.expires);
  }
  const metadata = Object.assign(
    toBlobMetadata(source.metadata),
    carried,
    marksToMetadata(marksOf(source, writer)),
  );
  const bytes = metadataBytes(metadata);
  if (bytes > MAX_METADATA_BYTES) {
    const reason = `a blob holds ${MAX_METADATA_BYTES} bytes of metadata, this one needs ${bytes}`;
    return { ok: false, class: "MetadataTooLarge", reason };
  }
  const mappedTags = tags === undefined ? undefined : toBlobTags(tags);
  if (mappedTags?.ok === false) return mappedTags;
  return {
    ok: true,
    collisions: sharedNames(source.metadata),
    properties: {
      ...headers,
      expires: undefined,
      metadata,
      tags: mappedTags?.tags,
      tier: tiers === "map" ? accessTier(source.storageClass) : undefined,
    },
  };
}
