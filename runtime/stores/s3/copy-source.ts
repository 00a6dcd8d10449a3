import { fromS3Base64 } from "../../checksum/combine.ts";
import { CloudError } from "../../errors.ts";
import type { Reference } from "../contract.ts";
import { bareEtag } from "./object.ts";
import { encodeKey } from "./place.ts";
import { textOf } from "./xml.ts";

/** Which object S3 itself is to read, and at which pin. */
export function copySourceHeaders(from: Reference): Record<string, string> {
  const { version, etag } = from.pin;
  const query = version === undefined ? "" : `?versionId=${encodeURIComponent(version)}`;
  return {
    "x-amz-copy-source": `/${from.s3.bucket}/${encodeKey(from.key)}${query}`,
    "x-amz-copy-source-if-match": `"${etag}"`,
  };
}

/** What the answer of CopyObject or UploadPartCopy says of the bytes. */
export function copyResult(xml: string): { etag: string; crc: bigint | undefined } {
  const crc = textOf(xml, "ChecksumCRC64NVME");
  return {
    etag: bareEtag(textOf(xml, "ETag") ?? ""),
    crc: crc === undefined ? undefined : fromS3Base64(crc),
  };
}

/** Refusals that streaming may overcome: these credentials or this server do not reach the source. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AllAccessDisabled",
  "InvalidRequest",
  "InvalidArgument",
  "NoSuchBucket",
  "NotImplemented",
  "PermanentRedirect",
]);

export function copyFailure(error: unknown, from: Reference): unknown {
  if (!(error instanceof CloudError) || !UNREACHABLE.has(error.code)) return error;
  const { facts } = error;
  const said = `s3://${from.s3.bucket} cannot be read from here: ${facts.code}: ${facts.said}`;
  return new CloudError({ ...facts, code: "CannotReadSource", said }, { cause: error });
}
