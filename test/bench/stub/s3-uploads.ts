import type { Reply } from "./connection.ts";
import { Content } from "./content.ts";
import type { HttpRequest } from "./request.ts";
import { escapeXml, parseRange, s3Error, xml } from "./s3-answers.ts";
import { checksum, store, writeRefused, wrongChecksum } from "./s3-write.ts";
import type { Bucket, Stored } from "./store.ts";

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly begun: Pick<HttpRequest, "header" | "prefixed">;
  readonly parts: Map<number, Content>;
}

/** Multipart uploads in progress. */
export class Uploads {
  readonly #uploads = new Map<string, Upload>();
  #made = 0;

  clear(): void {
    this.#uploads.clear();
  }

  handle(
    operation: string,
    bucket: Bucket,
    key: string,
    request: HttpRequest,
    source: () => Stored | string,
  ): Reply {
    if (operation === "CreateMultipartUpload") return this.#create(bucket, key, request);
    if (operation === "ListMultipartUploads") return this.#list(bucket, request);
    const id = request.query.get("uploadId") ?? "";
    const upload = this.#uploads.get(id);
    if (upload?.key !== key || upload.bucket !== bucket.name) {
      return s3Error("NoSuchUpload", request);
    }
    switch (operation) {
      case "UploadPart":
        return stagePart(upload, request, request.content);
      case "UploadPartCopy":
        return copyPart(upload, request, source());
      case "ListParts":
        return listParts(upload, id, request);
      case "CompleteMultipartUpload":
        return this.#complete(upload, id, bucket, request);
      case "AbortMultipartUpload":
        this.#uploads.delete(id);
        return { status: 204 };
      default:
        return s3Error("NotImplemented", request);
    }
  }

  #create(bucket: Bucket, key: string, request: HttpRequest): Reply {
    this.#made += 1;
    const id = `upload${this.#made}`;
    this.#uploads.set(id, { bucket: bucket.name, key, begun: request, parts: new Map() });
    return xml(
      "InitiateMultipartUploadResult",
      `<Bucket>${bucket.name}</Bucket><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId>`,
    );
  }

  #list(bucket: Bucket, request: HttpRequest): Reply {
    const prefix = request.query.get("prefix") ?? "";
    const found = [...this.#uploads].filter(
      ([, upload]) => upload.bucket === bucket.name && upload.key.startsWith(prefix),
    );
    const inner = found.map(
      ([id, { key }]) =>
        `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId><Initiated>${new Date().toISOString()}</Initiated></Upload>`,
    );
    return xml(
      "ListMultipartUploadsResult",
      `<Bucket>${bucket.name}</Bucket><IsTruncated>false</IsTruncated>${inner.join("")}`,
    );
  }

  #complete(upload: Upload, id: string, bucket: Bucket, request: HttpRequest): Reply {
    const refused = writeRefused(request, bucket.get(upload.key));
    if (refused !== undefined) return s3Error(refused, request);
    const numbers = [...request.text().matchAll(/<PartNumber>\s*(\d+)\s*<\/PartNumber>/g)];
    const parts = numbers.map(([, number]) => upload.parts.get(Number(number)));
    if (parts.some((part) => part === undefined)) return s3Error("InvalidPart", request);
    const content = Content.joined(parts.filter((part) => part !== undefined));
    const stored = store(bucket, upload.key, upload.begun, content);
    this.#uploads.delete(id);
    return xml(
      "CompleteMultipartUploadResult",
      `<Bucket>${bucket.name}</Bucket><Key>${escapeXml(upload.key)}</Key><ETag>&quot;${stored.etag}&quot;</ETag><ChecksumCRC64NVME>${checksum(content)}</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType>`,
    );
  }
}

function stagePart(upload: Upload, request: HttpRequest, content: Content): Reply {
  if (wrongChecksum(request)) return s3Error("BadDigest", request);
  upload.parts.set(Number(request.query.get("partNumber")), content);
  return {
    status: 200,
    headers: `ETag: "${partTag(content)}"\r\nx-amz-checksum-crc64nvme: ${checksum(content)}\r\n`,
  };
}

function copyPart(upload: Upload, request: HttpRequest, source: Stored | string): Reply {
  if (typeof source === "string") return s3Error(source, request);
  const range = request.header("x-amz-copy-source-range");
  const span = range === undefined ? [0, source.size] : parseRange(range, source.size);
  const [start, end] = span ?? [];
  if (start === undefined || end === undefined) return s3Error("InvalidRange", request);
  const content = source.content.slice(start, end);
  upload.parts.set(Number(request.query.get("partNumber")), content);
  return xml(
    "CopyPartResult",
    `<LastModified>${new Date().toISOString()}</LastModified><ETag>&quot;${partTag(content)}&quot;</ETag><ChecksumCRC64NVME>${checksum(content)}</ChecksumCRC64NVME>`,
  );
}

function listParts(upload: Upload, id: string, request: HttpRequest): Reply {
  const after = Number(request.query.get("part-number-marker") ?? 0);
  const numbers = [...upload.parts.keys()].filter((number) => number > after).sort((a, b) => a - b);
  const shown = numbers.slice(0, 1000);
  const inner = shown.map((number) => {
    const content = upload.parts.get(number);
    if (content === undefined) return "";
    return `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${partTag(content)}&quot;</ETag><Size>${content.length}</Size><ChecksumCRC64NVME>${checksum(content)}</ChecksumCRC64NVME></Part>`;
  });
  return xml(
    "ListPartsResult",
    `<Bucket>${upload.bucket}</Bucket><Key>${escapeXml(upload.key)}</Key><UploadId>${id}</UploadId><IsTruncated>${shown.length < numbers.length}</IsTruncated><NextPartNumberMarker>${shown.at(-1) ?? 0}</NextPartNumberMarker>${inner.join("")}`,
  );
}

/** As under SSE-KMS: not the MD5, which would cost more than all else. */
function partTag(content: Content): string {
  return content.crc64().toString(16).padStart(32, "0");
}
