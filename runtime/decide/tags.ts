/**
 * Tags. S3 and Azure hold ten each, of 128 and 256 characters. Azure takes letters, digits, space and `+ - . / : = _` of ASCII; anything else
 * becomes `_xHHHH_` (a UTF-16 unit in hex), an underscore before an x is escaped itself, so that decoding is exact.
 * https://learn.microsoft.com/azure/storage/blobs/storage-manage-find-blobs
 */
const MOST_TAGS = 10;
const MOST_NAME = 128;
const MOST_VALUE = 256;

export type Tags = Readonly<Record<string, string>>;

export type MappedTags =
  | { readonly ok: true; readonly tags: Tags }
  | { readonly ok: false; readonly class: "TagsTooLarge"; readonly reason: string };

export function toBlobTags(tags: Tags): MappedTags {
  return withinLimits(
    Object.entries(tags).map(([name, value]) => [encodeTag(name), encodeTag(value)]),
  );
}

/** The inverse of `toBlobTags`. */
export function fromBlobTags(tags: Tags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([name, value]) => [decodeTag(name), decodeTag(value)]),
  );
}

export function toS3Tags(tags: Tags): MappedTags {
  return withinLimits(Object.entries(tags));
}

function withinLimits(entries: readonly (readonly [string, string])[]): MappedTags {
  if (entries.length > MOST_TAGS) {
    return refuse(`the target holds ${MOST_TAGS} tags, the source has ${entries.length}`);
  }
  const long = entries.find(
    ([name, value]) => name.length > MOST_NAME || value.length > MOST_VALUE,
  );
  if (long === undefined) return { ok: true, tags: Object.fromEntries(entries) };
  return refuse(
    `the target holds ${MOST_NAME} characters of a tag's name and ${MOST_VALUE} of its value, ` +
      `one needs ${long[0].length} and ${long[1].length}`,
  );
}

function encodeTag(text: string): string {
  return text.replace(
    /_(?=x)|[^A-Za-z0-9 +\-./:=_]/g,
    (unit) => `_x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`,
  );
}

function decodeTag(text: string): string {
  return text.replace(/_x([0-9A-F]{4})_/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}

function refuse(reason: string): MappedTags {
  return { ok: false, class: "TagsTooLarge", reason };
}
