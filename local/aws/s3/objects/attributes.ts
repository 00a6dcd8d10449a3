import { s3Error } from "../errors.ts";
import type { Call } from "../context.ts";
import type { Attributes } from "../index/version.ts";
import { readTagHeader } from "./tags.ts";
import { encryptionOf, uploadKeyOf } from "./encryption.ts";

const KEPT_HEADERS = [
  "cache-control",
  "content-disposition",
  "content-language",
  "content-type",
  "expires",
  "x-amz-website-redirect-location",
];
const MAX_METADATA = 2048;

export const STORAGE_CLASSES: ReadonlySet<string> = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
]);

/** Reads what an upload says about its object: headers, user metadata, tags, encryption. */
export function readAttributes(call: Call): Attributes {
  refuseLocks(call);
  const customerKeyMd5 = uploadKeyOf(call);
  return {
    ...readDescription(call),
    tags: readTagHeader(call.header("x-amz-tagging")),
    encryption: encryptionOf(call),
    ...(customerKeyMd5 === undefined ? {} : { customerKeyMd5 }),
  };
}

/** The part of the attributes that x-amz-metadata-directive is about. */
export function readDescription(call: Call): Pick<Attributes, "headers" | "metadata"> {
  const headers: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = call.header(name);
    if (value !== undefined) headers[name] = value;
  }
  headers["content-type"] ??= "binary/octet-stream";
  const encoding = withoutFraming(call.header("content-encoding"));
  if (encoding !== "") headers["content-encoding"] = encoding;
  const metadata = call.headersUnder("x-amz-meta-");
  const size = Object.entries(metadata)
    .map(([name, value]) => Buffer.byteLength(name) + Buffer.byteLength(value))
    .reduce((sum, bytes) => sum + bytes, 0);
  if (size > MAX_METADATA) throw s3Error.metadataTooLarge(size);
  return { headers, metadata };
}

export function readStorageClass(call: Call): string {
  const storageClass = call.header("x-amz-storage-class") ?? "STANDARD";
  if (!STORAGE_CLASSES.has(storageClass)) {
    throw s3Error.invalidStorageClass();
  }
  return storageClass;
}

/** What is not kept is not taken: a client that locks an object relies on it. */
function refuseLocks(call: Call): void {
  const [name] = Object.keys(call.headersUnder("x-amz-object-lock-"));
  if (name === undefined) return;
  if (call.store.buckets.find(call.bucketName)?.objectLock) {
    throw s3Error.notImplemented(`x-amz-object-lock-${name}`);
  }
  throw s3Error.invalidRequest("Bucket is missing Object Lock Configuration");
}

/** `aws-chunked` says how the body travelled, not what it is. */
function withoutFraming(encoding: string | undefined): string {
  return (encoding ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "" && item !== "aws-chunked")
    .join(",");
}
