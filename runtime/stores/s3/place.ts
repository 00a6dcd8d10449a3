import { bucketAddress, customEndpoint } from "../../aws/endpoint.ts";

/** A bucket of S3, or of a server that speaks S3. */
export interface S3Place {
  readonly bucket: string;
  readonly region: string;
  /** `https://host[:port][/path]` of a server that is not AWS; without it, AWS_ENDPOINT_URL_S3 and its like, else AWS. */
  readonly endpoint?: string | undefined;
  /** How a bucket is named in a URL; `auto`: as the endpoint is known to want it. */
  readonly addressing?: "auto" | "path" | "virtual" | undefined;
  /** We pay for requests and traffic, where the bucket's owner does not. */
  readonly requesterPays?: boolean | undefined;
}

/** Where requests to a bucket go. */
export interface S3Address {
  /** `https://bucket.host` or `https://host`. */
  readonly origin: string;
  /** What the path of a key begins with, without the slash before the key. */
  readonly base: string;
  /** The server itself, without the bucket: buckets of one server have the same. */
  readonly server: string;
}

/** Services that refuse the bucket in the path (OSS: SecondLevelDomainForbidden). */
const VIRTUAL_ONLY = /\.(aliyuncs\.com|myqcloud\.com)$/;

export function addressOf(place: S3Place, env: NodeJS.ProcessEnv): S3Address {
  const { bucket, region, addressing = "auto" } = place;
  const endpoint = place.endpoint ?? customEndpoint("s3", env);
  if (endpoint === undefined) {
    const { origin, base } =
      addressing === "path" ? ownPathAddress(bucket, region) : bucketAddress(bucket, region, env);
    return { origin, base, server: ownServer(region) };
  }
  const url = new URL(endpoint);
  const path = url.pathname.replace(/\/$/, "");
  const virtual =
    addressing === "virtual" || (addressing === "auto" && VIRTUAL_ONLY.test(url.hostname));
  return virtual
    ? { origin: `${url.protocol}//${bucket}.${url.host}`, base: path, server: url.origin }
    : { origin: url.origin, base: `${path}/${bucket}`, server: url.origin };
}

/** Whether a server is AWS's own, of which we know what it keeps to; of others we find out. */
export function isAws(server: string): boolean {
  return /\.(amazonaws\.com|amazonaws\.com\.cn|api\.aws)$/.test(new URL(server).hostname);
}

/** Buckets of one partition copy from one another, whatever their region. */
export function samePlaceToCopy(one: string, other: string): boolean {
  if (one === other) return true;
  return isAws(one) && isAws(other) && one.endsWith(".cn") === other.endsWith(".cn");
}

const PLAIN_KEY = /^[A-Za-z0-9\-._~/]*$/;

/** A key in a path: slashes stay. Nothing is normalised: `..` and `//` are parts of a key. */
export function encodeKey(key: string): string {
  if (PLAIN_KEY.test(key)) return key;
  return encodeURIComponent(key)
    .replaceAll("%2F", "/")
    .replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

function ownServer(region: string): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://s3.${region}.${suffix}`;
}

function ownPathAddress(bucket: string, region: string): { origin: string; base: string } {
  return { origin: ownServer(region), base: `/${bucket}` };
}
