import { fromS3Base64 } from "../../checksum/combine.ts";
import { decodeMetadataValue } from "../../decide/metadata.ts";
import type { Pin, SourceObject } from "../contract.ts";

/** What the headers of a HEAD or GET say of an object. */
export function describeObject(
  key: string,
  headers: Readonly<Record<string, string>>,
): SourceObject {
  const crc64 = fullCrc64(headers);
  const md5 = md5Of(headers);
  const archived = archivedIn(headers);
  return {
    key,
    pin: pinOf(headers),
    size: Number(headers["content-length"] ?? 0),
    modified: new Date(headers["last-modified"] ?? 0).toISOString(),
    content: {
      contentType: headers["content-type"],
      contentEncoding: headers["content-encoding"],
      contentLanguage: headers["content-language"],
      contentDisposition: utf8(headers["content-disposition"]),
      cacheControl: headers["cache-control"],
      expires: headers["expires"],
    },
    metadata: userMetadata(headers),
    ...(crc64 === undefined ? {} : { crc64 }),
    ...(md5 === undefined ? {} : { md5 }),
    ...(archived === undefined ? {} : { archived }),
  };
}

function pinOf(headers: Readonly<Record<string, string>>): Pin {
  const etag = (headers["etag"] ?? "").replaceAll('"', "");
  const version = headers["x-amz-version-id"];
  // Where versioning is suspended the id is "null", and an overwrite keeps it: only the ETag pins.
  if (version === undefined || version === "null") return { etag, text: etag };
  return { version, etag, text: version };
}

function fullCrc64(headers: Readonly<Record<string, string>>): bigint | undefined {
  const value = headers["x-amz-checksum-crc64nvme"];
  // A composite checksum ends in "-PARTS" and is not the whole's.
  if (value === undefined || headers["x-amz-checksum-type"] === "COMPOSITE") return undefined;
  return /^[A-Za-z0-9+/]{11}=$/.test(value) ? fromS3Base64(value) : undefined;
}

/** A single-part upload's ETag is its MD5, unless a KMS or customer key encrypts it. */
function md5Of(headers: Readonly<Record<string, string>>): Buffer | undefined {
  const etag = (headers["etag"] ?? "").replaceAll('"', "");
  const encryption = headers["x-amz-server-side-encryption"] ?? "AES256";
  const customer = headers["x-amz-server-side-encryption-customer-algorithm"];
  const isMd5 = /^[0-9a-f]{32}$/.test(etag) && encryption === "AES256" && customer === undefined;
  return isMd5 ? Buffer.from(etag, "hex") : undefined;
}

function archivedIn(headers: Readonly<Record<string, string>>): string | undefined {
  if (headers["x-amz-restore"]?.includes('ongoing-request="false"') === true) return undefined;
  const storageClass = headers["x-amz-storage-class"];
  if (storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE") return storageClass;
  return headers["x-amz-archive-status"];
}

function userMetadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith("x-amz-meta-")) continue;
    metadata[name.slice("x-amz-meta-".length)] = decodeMetadataValue(utf8(value) ?? "");
  }
  return metadata;
}

/** HTTP hands header bytes over as Latin-1; servers that do not encode them send UTF-8. */
function utf8(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const bytes = Buffer.from(header, "latin1");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : header;
}
