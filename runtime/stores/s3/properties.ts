import type { Expecting, TargetProperties } from "../contract.ts";

/** How a target encrypts what it is given, besides what the bucket does by itself. */
export interface Encryption {
  /** The KMS key's ARN, id or alias. */
  readonly kmsKeyId?: string | undefined;
}

/** The headers with which an object is described when it is written. */
export function propertyHeaders(
  properties: TargetProperties,
  encryption: Encryption,
): Record<string, string> {
  const headers: Record<string, string> = { "content-type": properties.contentType };
  put(headers, "content-encoding", properties.contentEncoding);
  put(headers, "content-language", properties.contentLanguage);
  put(headers, "content-disposition", properties.contentDisposition);
  put(headers, "cache-control", properties.cacheControl);
  put(headers, "expires", properties.expires);
  put(headers, "x-amz-storage-class", properties.tier);
  for (const [name, value] of Object.entries(properties.metadata)) {
    headers[`x-amz-meta-${name}`] = value;
  }
  const tags = Object.entries(properties.tags ?? {});
  if (tags.length > 0) {
    headers["x-amz-tagging"] = tags
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join("&");
  }
  if (encryption.kmsKeyId !== undefined) {
    headers["x-amz-server-side-encryption"] = "aws:kms";
    headers["x-amz-server-side-encryption-aws-kms-key-id"] = encryption.kmsKeyId;
  }
  return headers;
}

export function condition(expecting: Expecting): Record<string, string> {
  return expecting.state === "absent" ? { "if-none-match": "*" } : { "if-match": expecting.etag };
}

function put(headers: Record<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined) headers[name] = value;
}
