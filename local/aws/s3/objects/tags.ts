import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Version } from "../index/version.ts";
import { parseDocument } from "../xml/document.ts";
import { child, children, textOf } from "../xml/read.ts";
import { tag } from "../xml/write.ts";

export type Tags = Readonly<Record<string, string>>;

const MAX_OBJECT_TAGS = 10;
const MAX_BUCKET_TAGS = 50;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Reads x-amz-tagging: tags as a URL query. */
export function readTagHeader(header: string | undefined): Tags {
  if (header === undefined || header === "") return {};
  const pairs = [...new URLSearchParams(header)];
  return checkTags(pairs, MAX_OBJECT_TAGS);
}

/** Reads a Tagging document. */
export function readTagging(xml: string, of: "object" | "bucket"): Tags {
  const set = child(parseDocument(xml, "Tagging"), "TagSet");
  if (!set) throw s3Error.malformedXml();
  const pairs = children(set, "Tag").map((one): [string, string] => {
    const [key, value] = [textOf(one, "Key"), textOf(one, "Value")];
    if (key === undefined || value === undefined) throw s3Error.malformedXml();
    return [key, value];
  });
  return checkTags(pairs, of === "object" ? MAX_OBJECT_TAGS : MAX_BUCKET_TAGS);
}

export function renderTagSet(tags: Tags): string {
  const items = Object.entries(tags).map(([key, value]) =>
    tag("Tag", [tag("Key", key), tag("Value", value)]),
  );
  return tag("TagSet", items);
}

/** Tags as conditions in policies see them: `s3:ExistingObjectTag/KEY`. */
export function existingTags(version: Version | undefined): Record<string, string> {
  return prefixed("s3:ExistingObjectTag", version?.attributes.tags ?? {});
}

export function requestTags(tags: Tags): Record<string, string | string[]> {
  const keys = Object.keys(tags);
  return {
    ...prefixed("s3:RequestObjectTag", tags),
    ...(keys.length > 0 ? { "s3:RequestObjectTagKeys": keys } : {}),
  };
}

/** Whoever sets tags with an object needs the right to tag. */
export function allowTags(call: Call, resource: string, tags: Tags): void {
  if (Object.keys(tags).length > 0) call.allow("s3:PutObjectTagging", resource, requestTags(tags));
}

function checkTags(pairs: readonly (readonly [string, string])[], max: number): Tags {
  if (pairs.length > max) {
    throw max === MAX_OBJECT_TAGS
      ? s3Error.badRequest(`Object tags cannot be greater than ${max}`)
      : s3Error.badRequest(`Bucket tag count cannot be greater than ${max}`);
  }
  const tags: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (key === "" || key.length > 128 || !ALLOWED.test(key) || /^aws:/i.test(key)) {
      throw s3Error.invalidTag("The TagKey you have provided is invalid");
    }
    if (value.length > 256 || !ALLOWED.test(value)) {
      throw s3Error.invalidTag("The TagValue you have provided is invalid");
    }
    if (Object.hasOwn(tags, key)) {
      throw s3Error.invalidTag("Cannot provide multiple Tags with the same key");
    }
    tags[key] = value;
  }
  return tags;
}

function prefixed(prefix: string, tags: Tags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]),
  );
}
