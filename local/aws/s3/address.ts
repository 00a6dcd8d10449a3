import { splitTarget, uriDecode } from "../sigv4/canonical.ts";
import type { Target } from "./routing.ts";

/**
 * Where a request goes, by its Host header and its path: `BUCKET.s3.REGION.amazonaws.com`, `BUCKET.s3.localhost`,
 * `BUCKET.localhost` (virtual-hosted style), otherwise the first segment of the path (path style).
 * Keys are taken from the raw target: `.`, `..` and empty segments are part of them, and a bare `+` is a space,
 * as S3 has it.
 */
export function addressOf(host: string | undefined, target: string): Target {
  const { path } = splitTarget(target.replace(/^https?:\/\/[^/?]*/i, ""));
  const bucket = bucketOfHost(host ?? "");
  const rest = path.slice(1);
  if (bucket !== undefined) return withKey(bucket, rest);
  if (rest === "") return {};
  const slash = rest.indexOf("/");
  if (slash < 0) return { bucket: uriDecode(rest) };
  return withKey(uriDecode(rest.slice(0, slash)), rest.slice(slash + 1));
}

function withKey(bucket: string, path: string): Target {
  return path === "" ? { bucket } : { bucket, key: decodeKey(path) };
}

/** Decodes a key in a path or in x-amz-copy-source: %XX, and `+` for a space. */
export function decodeKey(text: string): string {
  return uriDecode(text.replaceAll("+", " "));
}

const S3_HOST = /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.(?:amazonaws\.com|localhost)$/;

/** The bucket that a virtual-hosted style Host header names. */
export function bucketOfHost(host: string): string | undefined {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  const service = S3_HOST.exec(name);
  if (service) return service[1];
  return /^(.+)\.localhost$/.exec(name)?.[1];
}
