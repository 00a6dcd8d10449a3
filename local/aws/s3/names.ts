import { createHash, randomBytes } from "node:crypto";

import { s3Error } from "./errors.ts";

const RESERVED_PREFIXES = ["xn--", "sthree-", "amzn-s3-demo-"];
const RESERVED_SUFFIXES = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
const MAX_KEY_BYTES = 1024;

/** Whether a name is legal for a general purpose bucket. Source: "Bucket naming rules". */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d{1,3}(\.\d{1,3}){3}$/.test(name) &&
    !RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
    !RESERVED_SUFFIXES.some((suffix) => name.endsWith(suffix))
  );
}

/** Refuses a key that S3 could not hold. */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > MAX_KEY_BYTES) throw s3Error.keyTooLong(size);
}

export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`;
}

export function objectArn(bucket: string, key: string): string {
  return `arn:aws:s3:::${bucket}/${key}`;
}

/** An account's canonical user id, which S3 shows as the owner: 64 hex digits. */
export function canonicalUserId(accountId: string): string {
  return createHash("sha256").update(`canonical user ${accountId}`).digest("hex");
}

/**
 * Encodes as `encoding-type=url` and event keys do: spaces become `+`; letters, digits and `-_.*` stay, and so does `/`.
 * Source: "ListObjectsV2: encoding-type" and Java's URLEncoder, whose set it is.
 */
export function urlEncodeKey(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+")
    .replaceAll("%2F", "/");
}

/** A fresh version id: 32 characters that say nothing. */
export function newVersionId(): string {
  return randomBytes(24).toString("base64url");
}

/** Upload ids of one key order by when they were made, as ListMultipartUploads must. */
export function newUploadId(now: Date): string {
  return `${now.getTime().toString(16).padStart(12, "0")}.${randomBytes(24).toString("base64url")}`;
}

/**
 * The least string that follows every string starting with `prefix`, by UTF-8 bytes; undefined when none does.
 */
export function successor(prefix: string): string | undefined {
  const points = Array.from(prefix);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const code = last.codePointAt(0) ?? 0;
    if (code === 0x10ffff) continue;
    const next = code === 0xd7ff ? 0xe000 : code + 1;
    return points.join("") + String.fromCodePoint(next);
  }
  return undefined;
}
