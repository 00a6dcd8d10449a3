import { checksumElement } from "../checksums/algorithm.ts";
import { readVerdict } from "../conditions.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Segment, Version } from "../index/version.ts";
import { document, optional, tag } from "../xml/write.ts";
import { checkCustomerKey } from "./encryption.ts";
import { findAllowed, refOf, shownVersionId } from "./find.ts";
import { existingTags } from "./tags.ts";

const KNOWN = new Set(["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]);
const MAX_PARTS = 1000;

export function getObjectAttributes(call: Call): void {
  call.bucket();
  const ref = refOf(call);
  const version = findAllowed(call, ref, {
    newest: "s3:GetObject",
    named: "s3:GetObjectVersion",
  });
  call.allow(
    ref.versionId === undefined ? "s3:GetObjectAttributes" : "s3:GetObjectVersionAttributes",
    call.resource,
    existingTags(version),
  );
  const wanted = readWanted(call.header("x-amz-object-attributes"));
  const verdict = readVerdict(call.header, version);
  if (verdict.kind === "failed") throw s3Error.preconditionFailed(verdict.condition);
  checkCustomerKey(call, version);
  call.reply({
    ...(verdict.kind === "not-modified" ? { status: 304 } : {}),
    headers: {
      "last-modified": new Date(version.modified).toUTCString(),
      "x-amz-version-id": shownVersionId(call, version.bucket, version.id),
    },
    xml: document("GetObjectAttributesResponse", render(call, version, wanted)),
  });
}

function readWanted(header: string | undefined): ReadonlySet<string> {
  const names = (header ?? "").split(",").map((name) => name.trim());
  if (names.every((name) => KNOWN.has(name))) return new Set(names);
  throw s3Error.invalidArgument("Invalid attribute name specified.", {
    ArgumentName: "x-amz-object-attributes",
    ArgumentValue: header ?? "",
  });
}

function render(call: Call, version: Version, wanted: ReadonlySet<string>): (string | undefined)[] {
  const { checksum } = version;
  return [
    wanted.has("ETag") ? tag("ETag", version.etag) : undefined,
    wanted.has("Checksum") && checksum
      ? tag("Checksum", [
          tag(checksumElement(checksum.algorithm), checksum.value.replace(/-\d+$/, "")),
          tag("ChecksumType", checksum.type),
        ])
      : undefined,
    wanted.has("ObjectParts") && version.multipart ? renderParts(call, version) : undefined,
    wanted.has("StorageClass") ? tag("StorageClass", version.storageClass) : undefined,
    wanted.has("ObjectSize") ? tag("ObjectSize", version.size) : undefined,
  ];
}

function renderParts(call: Call, version: Version): string {
  const max = Math.min(Number(call.header("x-amz-max-parts") ?? MAX_PARTS), MAX_PARTS);
  const after = Number(call.header("x-amz-part-number-marker") ?? 0);
  const shown = version.segments.slice(after, after + max);
  const truncated = after + shown.length < version.segments.length;
  return tag("ObjectParts", [
    tag("PartsCount", version.segments.length),
    tag("PartNumberMarker", after),
    optional("NextPartNumberMarker", truncated ? after + shown.length : undefined),
    tag("MaxParts", max),
    tag("IsTruncated", truncated),
    ...shown.map((segment, index) => renderPart(version, segment, after + index + 1)),
  ]);
}

function renderPart(version: Version, segment: Segment, number: number): string {
  const algorithm = version.checksum?.algorithm;
  return tag("Part", [
    tag("PartNumber", number),
    tag("Size", segment.size),
    algorithm && segment.checksum ? tag(checksumElement(algorithm), segment.checksum) : undefined,
  ]);
}
