import { fromAzureBase64 } from "../../checksum/combine.ts";
import { marksFromMetadata } from "../../decide/marks.ts";
import type { Expecting, TargetObject, TargetProperties } from "../contract.ts";

type Headers = Record<string, string>;
const METADATA = "x-ms-meta-";

export function condition(expecting: Expecting): Headers {
  return expecting.state === "absent" ? { "if-none-match": "*" } : { "if-match": expecting.etag };
}

/** What a blob shows besides its bytes, and on which condition it is written. New ones each time: the caller adds to them. */
export function writeHeaders(properties: TargetProperties, expecting: Expecting): Headers {
  const headers = condition(expecting);
  headers["x-ms-blob-content-type"] = properties.contentType;
  set(headers, "x-ms-blob-content-encoding", properties.contentEncoding);
  set(headers, "x-ms-blob-content-language", properties.contentLanguage);
  set(headers, "x-ms-blob-content-disposition", properties.contentDisposition);
  set(headers, "x-ms-blob-cache-control", properties.cacheControl);
  set(headers, "x-ms-access-tier", properties.tier);
  for (const name in properties.metadata)
    set(headers, metadataHeader(name), properties.metadata[name]);
  if (properties.tags !== undefined) set(headers, "x-ms-tags", tagsOf(properties.tags));
  return headers;
}

function set(headers: Headers, name: string, value: string | undefined): void {
  if (value !== undefined && value !== "") headers[name] = value;
}

// Every object has the same few.
const metadataHeaders = new Map<string, string>();

function metadataHeader(name: string): string {
  let header = metadataHeaders.get(name);
  if (header === undefined) {
    header = METADATA + name;
    if (metadataHeaders.size > 256) metadataHeaders.clear();
    metadataHeaders.set(name, header);
  }
  return header;
}

function tagsOf(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
}

/** What Get Blob Properties tells. */
export function objectOf(headers: Readonly<Record<string, string>>): TargetObject {
  const metadata: Headers = {};
  for (const name in headers) {
    if (name.startsWith(METADATA)) metadata[name.slice(METADATA.length)] = headers[name] ?? "";
  }
  const md5 = headers["content-md5"];
  return {
    etag: headers["etag"] ?? "",
    size: Number(headers["content-length"] ?? 0),
    modified: Date.parse(headers["last-modified"] ?? ""),
    marks: marksFromMetadata(metadata),
    marksAre: "seen",
    ...(md5 === undefined ? {} : { md5: Buffer.from(md5, "base64") }),
  };
}

/** The CRC-64 that Azure says of the bytes it took; undefined where it does not. */
export function crcOf(headers: Readonly<Record<string, string>>): bigint | undefined {
  const told = headers["x-ms-content-crc64"];
  return told === undefined ? undefined : fromAzureBase64(told);
}
