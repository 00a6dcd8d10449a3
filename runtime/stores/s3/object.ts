import { fromS3Base64 } from "../../checksum/combine.ts";
import { decodeMetadataValue } from "../../decide/metadata.ts";
import type { Pin, SourceObject } from "../contract.ts";

type Described = { -readonly [Name in keyof SourceObject]: SourceObject[Name] };

/** What the headers of a HEAD or GET say of an object. Every object that is copied passes here. @param size of the body, where that came too */
export function describeObject(
  key: string,
  headers: Headers,
  size = Number(headers["content-length"] ?? 0),
): SourceObject {
  const object: Described = {
    key,
    pin: pinOf(headers),
    size,
    modified: isoTime(headers["last-modified"]),
    content: {
      contentType: headers["content-type"],
      contentEncoding: headers["content-encoding"],
      contentLanguage: headers["content-language"],
      contentDisposition: utf8(headers["content-disposition"]),
      cacheControl: headers["cache-control"],
      expires: headers["expires"],
    },
    metadata: userMetadata(headers),
  };
  addChecksums(object, headers);
  addStorage(object, headers);
  return object;
}

function addChecksums(object: Described, headers: Headers): void {
  const crc64 = fullCrc64(headers);
  if (crc64 !== undefined) object.crc64 = crc64;
  const crc32 = fullCrc32(headers);
  if (crc32 !== undefined) object.crc32 = crc32;
  const md5 = md5Of(headers);
  if (md5 !== undefined) object.md5 = md5;
}

function addStorage(object: Described, headers: Headers): void {
  const archived = archivedIn(headers);
  if (archived !== undefined) object.archived = archived;
  const tagCount = headers["x-amz-tagging-count"];
  if (tagCount !== undefined) object.tagCount = Number(tagCount);
  const storageClass = headers["x-amz-storage-class"];
  if (storageClass !== undefined) object.storageClass = storageClass;
  if (headers["x-amz-restore"]?.includes('ongoing-request="true"') === true) {
    object.restoring = true;
  }
}

let knownDate = "";
let knownIso = "";

/** HTTP's date as ISO 8601. Objects that were written together share it. */
function isoTime(date = "Thu, 01 Jan 1970 00:00:00 GMT"): string {
  if (date !== knownDate) {
    knownIso = new Date(date).toISOString();
    knownDate = date;
  }
  return knownIso;
}

type Headers = Readonly<Record<string, string>>;

/** Without quotes; empty where the server sent none. */
export function etagOf(headers: Headers): string {
  return bareEtag(headers["etag"] ?? "");
}

export function bareEtag(etag: string): string {
  const { length } = etag;
  // As nearly all are: quoted, and no more than that.
  if (etag.startsWith('"') && etag.indexOf('"', 1) === length - 1) return etag.slice(1, -1);
  return etag.replace(/^W\//, "").replaceAll('"', "");
}

function pinOf(headers: Headers): Pin {
  const etag = etagOf(headers);
  const version = headers["x-amz-version-id"];
  // Where versioning is suspended the id is "null", and an overwrite keeps it: only the ETag pins.
  if (version === undefined || version === "null") return { etag, text: etag };
  return { version, etag, text: version };
}

export function fullCrc64(headers: Headers): bigint | undefined {
  const value = headers["x-amz-checksum-crc64nvme"];
  // A composite checksum ends in "-PARTS" and is not the whole's.
  if (value === undefined || headers["x-amz-checksum-type"] === "COMPOSITE") return undefined;
  return /^[A-Za-z0-9+/]{11}=$/.test(value) ? fromS3Base64(value) : undefined;
}

/** CRC-32 of the whole, as SDKs send it that do not know CRC-64/NVME. */
function fullCrc32(headers: Headers): number | undefined {
  const value = headers["x-amz-checksum-crc32"];
  if (value === undefined || headers["x-amz-checksum-type"] === "COMPOSITE") return undefined;
  return /^[A-Za-z0-9+/]{6}==$/.test(value)
    ? Buffer.from(value, "base64").readUInt32BE()
    : undefined;
}

/** A single-part upload's ETag is its MD5, unless a KMS or customer key encrypts it. */
export function md5Of(headers: Headers): Buffer | undefined {
  const etag = etagOf(headers);
  const encryption = headers["x-amz-server-side-encryption"] ?? "AES256";
  const customer = headers["x-amz-server-side-encryption-customer-algorithm"];
  const isMd5 = /^[0-9a-f]{32}$/.test(etag) && encryption === "AES256" && customer === undefined;
  return isMd5 ? Buffer.from(etag, "hex") : undefined;
}

function archivedIn(headers: Headers): string | undefined {
  if (headers["x-amz-restore"]?.includes('ongoing-request="false"') === true) return undefined;
  const storageClass = headers["x-amz-storage-class"];
  if (storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE") return storageClass;
  return headers["x-amz-archive-status"];
}

function userMetadata(headers: Headers): Record<string, string> {
  const metadata = rawMetadata(headers);
  for (const name in metadata) metadata[name] = decodeMetadataValue(utf8(metadata[name]) ?? "");
  return metadata;
}

const META = "x-amz-meta-";

/** User metadata as the server sent it, without the names' prefix. */
export function rawMetadata(headers: Headers): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const name in headers) {
    if (name.startsWith(META)) metadata[name.slice(META.length)] = headers[name] ?? "";
  }
  return metadata;
}

/** HTTP hands header bytes over as Latin-1; servers that do not encode them send UTF-8. */
function utf8(header: string | undefined): string | undefined {
  if (header === undefined || isAscii(header)) return header;
  const bytes = Buffer.from(header, "latin1");
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : header;
}

function isAscii(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}
