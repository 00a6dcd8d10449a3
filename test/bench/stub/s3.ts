import { toS3Base64 } from "../../../runtime/checksum/combine.ts";
import { Weather } from "./conditions.ts";
import type { Reply } from "./connection.ts";
import { Counters } from "./counters.ts";
import { httpTime } from "./http-time.ts";
import type { HttpRequest } from "./request.ts";
import { parseRange, s3Error, unescapeXml, xml } from "./s3-answers.ts";
import { describeS3 } from "./s3-describe.ts";
import { listObjects } from "./s3-list.ts";
import { Uploads } from "./s3-uploads.ts";
import { sameTag, store, writeRefused, wrongChecksum } from "./s3-write.ts";
import { httpDate, type Side } from "./side.ts";
import { Bucket, type Stored } from "./store.ts";

interface Where {
  readonly bucket: string;
  readonly key: string;
}

/** As much of S3 as tools that copy ask of it. Signatures must be there, but are not verified. */
export class S3 implements Side {
  readonly weather = new Weather();
  readonly counters = new Counters();
  readonly buckets = new Map<string, Bucket>();
  readonly #uploads = new Uploads();
  /** Bytes asked of objects that are to be overwritten in mid-copy. */
  readonly #asked = new Map<string, number>();

  bucket(name: string): Bucket {
    let bucket = this.buckets.get(name);
    if (bucket === undefined) this.buckets.set(name, (bucket = new Bucket(name, describeS3)));
    return bucket;
  }

  /** Forgets how much was asked of objects that are to be overwritten. */
  forgetAsked(): void {
    this.#asked.clear();
  }

  reset(): void {
    this.buckets.clear();
    this.#uploads.clear();
    this.#asked.clear();
    this.weather.clear();
    this.counters.reset();
  }

  commonHeaders(): string {
    return `Date: ${httpDate()}\r\nServer: AmazonS3\r\nx-amz-request-id: RIG\r\nx-amz-id-2: RIG\r\n`;
  }

  busy(request: HttpRequest): Reply {
    return s3Error("SlowDown", request);
  }

  operationOf(request: HttpRequest): string {
    const { key, bucket } = locate(request);
    const { method, query } = request;
    if (bucket === "") return "ListBuckets";
    if (key === "") return bucketOperation(method, query);
    const copying = request.header("x-amz-copy-source") !== undefined;
    switch (method) {
      case "GET":
        return query.has("uploadId")
          ? "ListParts"
          : query.has("tagging")
            ? "GetObjectTagging"
            : "GetObject";
      case "HEAD":
        return "HeadObject";
      case "PUT":
        if (query.has("partNumber")) return copying ? "UploadPartCopy" : "UploadPart";
        return copying ? "CopyObject" : "PutObject";
      case "POST":
        return query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
      case "DELETE":
        return query.has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
      default:
        return "Unknown";
    }
  }

  handle(request: HttpRequest, operation: string): Reply {
    const signed =
      request.header("authorization") !== undefined || request.query.has("X-Amz-Signature");
    if (!signed) return s3Error("AccessDenied", request);
    const { bucket: name, key } = locate(request);
    if (operation === "ListBuckets") return this.#listBuckets();
    if (operation === "CreateBucket") {
      this.bucket(name);
      return { status: 200 };
    }
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return s3Error("NoSuchBucket", request);
    switch (operation) {
      case "HeadBucket":
        return { status: 200, headers: "x-amz-bucket-region: us-east-1\r\n" };
      case "GetBucketLocation":
        return xml("LocationConstraint", "");
      case "GetBucketVersioning":
        return xml("VersioningConfiguration", bucket.versioned ? "<Status>Enabled</Status>" : "");
      case "ListObjects":
        return listObjects(bucket, request);
      case "GetObjectTagging":
        return xml("Tagging", "<TagSet></TagSet>");
      case "GetObject":
      case "HeadObject":
        return this.#read(bucket, key, request);
      case "PutObject":
        return this.#put(bucket, key, request);
      case "CopyObject":
        return this.#copy(bucket, key, request);
      case "DeleteObject":
        bucket.delete(key);
        return { status: 204 };
      case "DeleteObjects":
        return deleteObjects(bucket, request);
      default:
        return this.#uploads.handle(operation, bucket, key, request, () => this.#source(request));
    }
  }

  #listBuckets(): Reply {
    const all = [...this.buckets.keys()].map(
      (name) =>
        `<Bucket><Name>${name}</Name><CreationDate>2025-01-01T00:00:00.000Z</CreationDate></Bucket>`,
    );
    return xml("ListAllMyBucketsResult", `<Buckets>${all.join("")}</Buckets>`);
  }

  #read(bucket: Bucket, key: string, request: HttpRequest): Reply {
    const version = request.query.get("versionId");
    const stored =
      version === undefined || version === "null"
        ? bucket.get(key)
        : bucket.version(key, Number(version.replace(/^v/, "")));
    if (stored === undefined) {
      return s3Error(version === undefined ? "NoSuchKey" : "NoSuchVersion", request);
    }
    const refused = conditionRefused(request, stored, "");
    if (refused !== undefined) return s3Error(refused, request);
    let headers = `Content-Type: ${stored.headers["content-type"] ?? "binary/octet-stream"}\r\nETag: "${stored.etag}"\r\nLast-Modified: ${httpTime(stored.modified)}\r\nAccept-Ranges: bytes\r\n`;
    if (bucket.versioned) headers += `x-amz-version-id: ${versionId(stored)}\r\n`;
    for (const name in stored.headers) {
      if (name !== "content-type") headers += `${name}: ${stored.headers[name] ?? ""}\r\n`;
    }
    for (const name in stored.metadata) {
      headers += `x-amz-meta-${name}: ${stored.metadata[name] ?? ""}\r\n`;
    }
    if (this.weather.conditions.checksums && request.header("x-amz-checksum-mode") !== undefined) {
      const crc = toS3Base64(stored.content.crc64());
      headers += `x-amz-checksum-crc64nvme: ${crc}\r\nx-amz-checksum-type: FULL_OBJECT\r\n`;
    }
    const range = request.header("range");
    if (range === undefined) {
      if (request.method === "GET") this.#reading(bucket, key, stored, stored.size);
      return { status: 200, headers, body: stored.content };
    }
    const span = parseRange(range, stored.size);
    if (span === undefined) return s3Error("InvalidRange", request);
    const [start, end] = span;
    headers += `Content-Range: bytes ${start}-${end - 1}/${stored.size}\r\n`;
    if (request.method === "GET") this.#reading(bucket, key, stored, end - start);
    return { status: 206, headers, body: stored.content.slice(start, end) };
  }

  /** Overwrites an object that is being copied, once, when enough of it has been asked for. */
  #reading(bucket: Bucket, key: string, stored: Stored, bytes: number): void {
    const { overwriteAt, overwritePrefix } = this.weather.conditions;
    if (overwriteAt === undefined || !key.startsWith(overwritePrefix)) return;
    const id = `${bucket.name}/${key}`;
    const asked = (this.#asked.get(id) ?? 0) + bytes;
    this.#asked.set(id, asked);
    // A change of mind half-way: only the request that crosses the line does it.
    const line = overwriteAt * stored.size;
    if (asked < line || asked - bytes >= line || stored.version > 1) return;
    // This very request has its bytes already; the next one meets the new version.
    bucket.overwrite(key);
  }

  #put(bucket: Bucket, key: string, request: HttpRequest): Reply {
    const refused = writeRefused(request, bucket.get(key));
    if (refused !== undefined) return s3Error(refused, request);
    if (wrongChecksum(request)) return s3Error("BadDigest", request);
    const stored = store(bucket, key, request, request.content);
    return {
      status: 200,
      headers: `ETag: "${stored.etag}"\r\n${bucket.versioned ? `x-amz-version-id: ${versionId(stored)}\r\n` : ""}`,
    };
  }

  /** The object that x-amz-copy-source names, if its conditions hold. */
  #source(request: HttpRequest): Stored | string {
    const text = request.header("x-amz-copy-source") ?? "";
    const [path = "", query = ""] = text.replace(/^\//, "").split("?");
    const slash = path.indexOf("/");
    const bucket = this.buckets.get(decodeURIComponent(path.slice(0, slash)));
    const key = decodeURIComponent(path.slice(slash + 1));
    const version = /versionId=v?(\w+)/.exec(query)?.[1];
    const stored = version === undefined ? bucket?.get(key) : bucket?.version(key, Number(version));
    if (bucket === undefined || stored === undefined) return "NoSuchKey";
    const refused = conditionRefused(request, stored, "x-amz-copy-source-");
    if (refused !== undefined) return "PreconditionFailed";
    const range = request.header("x-amz-copy-source-range");
    const span = range === undefined ? [0, stored.size] : parseRange(range, stored.size);
    this.#reading(bucket, key, stored, span === undefined ? 0 : (span[1] ?? 0) - (span[0] ?? 0));
    return stored;
  }

  #copy(bucket: Bucket, key: string, request: HttpRequest): Reply {
    const source = this.#source(request);
    if (typeof source === "string") return s3Error(source, request);
    const refused = writeRefused(request, bucket.get(key));
    if (refused !== undefined) return s3Error(refused, request);
    const replaced = request.header("x-amz-metadata-directive") === "REPLACE";
    const stored = store(bucket, key, request, source.content, replaced ? undefined : source);
    return xml(
      "CopyObjectResult",
      `<LastModified>${new Date(stored.modified).toISOString()}</LastModified><ETag>&quot;${stored.etag}&quot;</ETag>`,
    );
  }
}

function bucketOperation(method: string, query: ReadonlyMap<string, string>): string {
  if (method === "HEAD") return "HeadBucket";
  if (method === "PUT") return "CreateBucket";
  if (method === "POST") return "DeleteObjects";
  if (query.has("location")) return "GetBucketLocation";
  if (query.has("versioning")) return "GetBucketVersioning";
  if (query.has("uploads")) return "ListMultipartUploads";
  return "ListObjects";
}

/** Path style; by host name where the host is amazonaws.com's. */
function locate(request: HttpRequest): Where {
  const host = request.header("host") ?? "";
  const path = request.path.includes("%") ? decodeURIComponent(request.path) : request.path;
  const named = /^(.+)\.s3[.-][a-z0-9.-]*amazonaws\.com(:\d+)?$/.exec(host)?.[1];
  if (named !== undefined) return { bucket: named, key: path.slice(1) };
  const slash = path.indexOf("/", 1);
  return slash < 0
    ? { bucket: path.slice(1), key: "" }
    : { bucket: path.slice(1, slash), key: path.slice(slash + 1) };
}

function conditionRefused(request: HttpRequest, stored: Stored, kind: string): string | undefined {
  const match = request.header(`${kind}if-match`);
  if (match !== undefined && !sameTag(match, stored.etag)) return "PreconditionFailed";
  const none = request.header(`${kind}if-none-match`);
  if (none !== undefined && (none === "*" || sameTag(none, stored.etag))) return "NotModified";
  const since = request.header(`${kind}if-unmodified-since`);
  if (since !== undefined && match === undefined && stored.modified >= Date.parse(since) + 1000) {
    return "PreconditionFailed";
  }
  return undefined;
}

function deleteObjects(bucket: Bucket, request: HttpRequest): Reply {
  const keys = [...request.text().matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, key = ""]) =>
    unescapeXml(key),
  );
  for (const key of keys) bucket.delete(key);
  return xml("DeleteResult", "");
}

function versionId(stored: Stored): string {
  return `v${stored.version}`;
}
