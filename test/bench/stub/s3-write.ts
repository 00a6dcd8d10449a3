import { fromS3Base64, toS3Base64 } from "../../../runtime/checksum/combine.ts";
import type { Content } from "./content.ts";
import type { HttpRequest } from "./request.ts";
import { etagOf } from "./s3-describe.ts";
import type { Bucket, Stored } from "./store.ts";

/** If-Match and If-None-Match of writes. */
export function writeRefused(request: HttpRequest, now: Stored | undefined): string | undefined {
  if (request.header("if-none-match") !== undefined && now !== undefined) {
    return "PreconditionFailed";
  }
  const match = request.header("if-match");
  if (match === undefined) return undefined;
  if (now === undefined) return "NoSuchKey";
  return sameTag(match, now.etag) ? undefined : "PreconditionFailed";
}

export function sameTag(asked: string, etag: string): boolean {
  return asked === "*" || asked.replaceAll('"', "") === etag;
}

const KEPT = [
  "content-type",
  "content-encoding",
  "content-language",
  "content-disposition",
  "cache-control",
  "expires",
];

/** Writes an object with the headers of the request that made it, or those of the object it is a copy of. */
export function store(
  bucket: Bucket,
  key: string,
  request: Pick<HttpRequest, "header" | "prefixed">,
  content: Content,
  like?: Stored,
): Stored {
  const headers: Record<string, string> = {};
  for (const name of KEPT) {
    const value = request.header(name);
    if (value !== undefined) headers[name] = value;
  }
  const stored: Stored = {
    content,
    size: content.length,
    etag: etagOf(content),
    modified: Date.now(),
    version: (bucket.get(key)?.version ?? 0) + 1,
    metadata: like?.metadata ?? request.prefixed("x-amz-meta-"),
    headers: like?.headers ?? headers,
    contentMd5: undefined,
  };
  bucket.put(key, stored);
  return stored;
}

/** The body is not what x-amz-checksum-crc64nvme says. */
export function wrongChecksum(request: HttpRequest): boolean {
  const said = request.header("x-amz-checksum-crc64nvme");
  return said !== undefined && fromS3Base64(said) !== request.content.crc64();
}

export function checksum(content: Content): string {
  return toS3Base64(content.crc64());
}
