import { fromS3Base64 } from "../../checksum/combine.ts";
import { CloudError } from "../../errors.ts";
import type { S3Bucket } from "./bucket.ts";
import { bareEtag } from "./object.ts";
import { decodeUrl, insides, textOf } from "./xml.ts";

/** A part of an upload as ListParts shows it. */
export interface Part {
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly crc: bigint | undefined;
}

/** The ids of the uploads under way for a key, the oldest first. */
export async function listUploads(
  bucket: S3Bucket,
  key: string,
  signal: AbortSignal,
): Promise<string[]> {
  const ids: string[] = [];
  let marker: readonly (readonly [string, string])[] = [];
  for (;;) {
    const response = await bucket.request({
      action: "s3:ListBucketMultipartUploads",
      method: "GET",
      query: [["uploads", ""], ["prefix", key], ["encoding-type", "url"], ...marker],
      signal,
      timeoutMs: 20_000,
    });
    const xml = response.text();
    const encoded = textOf(xml, "EncodingType") === "url";
    const keyOf = (text: string) => (encoded ? decodeUrl(text) : text);
    const found = [...insides(xml, "Upload")].map((upload) => ({
      key: keyOf(textOf(upload, "Key") ?? ""),
      id: textOf(upload, "UploadId") ?? "",
    }));
    ids.push(...found.filter((upload) => upload.key === key).map(({ id }) => id));
    const nextKey = keyOf(textOf(xml, "NextKeyMarker") ?? "");
    const more = textOf(xml, "IsTruncated") === "true" && nextKey === key;
    // The key itself comes before all that only begin with it.
    if (!more) return ids;
    marker = [
      ["key-marker", nextKey],
      ["upload-id-marker", textOf(xml, "NextUploadIdMarker") ?? ""],
    ];
  }
}

/** The parts of an upload; undefined when the upload has ended. */
export async function listParts(
  bucket: S3Bucket,
  key: string,
  id: string,
  signal: AbortSignal,
): Promise<Part[] | undefined> {
  const parts: Part[] = [];
  for (let marker = 0; ;) {
    const xml = await partsPage(bucket, key, id, marker, signal);
    if (xml === undefined) return undefined;
    for (const part of insides(xml, "Part")) parts.push(partOf(part));
    const next = Number(textOf(xml, "NextPartNumberMarker") ?? NaN);
    if (textOf(xml, "IsTruncated") !== "true" || !(next > marker)) return parts;
    marker = next;
  }
}

export async function abortUpload(
  bucket: S3Bucket,
  key: string,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await bucket.request({
      action: "s3:AbortMultipartUpload",
      method: "DELETE",
      key,
      query: [["uploadId", id]],
      signal,
      timeoutMs: 20_000,
    });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

export function isGone(error: unknown): boolean {
  return error instanceof CloudError && error.code === "NoSuchUpload";
}

async function partsPage(
  bucket: S3Bucket,
  key: string,
  id: string,
  marker: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const response = await bucket.request({
      action: "s3:ListMultipartUploadParts",
      method: "GET",
      key,
      query: [
        ["uploadId", id],
        ["max-parts", "1000"],
        ...(marker === 0 ? [] : [["part-number-marker", String(marker)] as const]),
      ],
      signal,
      timeoutMs: 20_000,
    });
    return response.text();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function partOf(xml: string): Part {
  const crc = textOf(xml, "ChecksumCRC64NVME");
  return {
    number: Number(textOf(xml, "PartNumber") ?? NaN),
    size: Number(textOf(xml, "Size") ?? NaN),
    etag: bareEtag(textOf(xml, "ETag") ?? ""),
    crc: crc === undefined ? undefined : fromS3Base64(crc),
  };
}
