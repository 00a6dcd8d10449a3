import { ALGORITHMS, checksumElement, checksumHeader } from "../checksums/algorithm.ts";
import { compositeChecksum, joinChecksums } from "../checksums/combine.ts";
import { checkWrite } from "../conditions.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Part, Upload } from "../index/uploads.ts";
import type { StoredChecksum } from "../index/version.ts";
import { commitVersion, confirmation } from "../objects/commit.ts";
import { parseDocument } from "../xml/document.ts";
import { children, textOf } from "../xml/read.ts";
import { document, tag } from "../xml/write.ts";
import { findUpload } from "./parts.ts";

/** A part as the client lists it. */
interface ListedPart {
  readonly number: number;
  readonly etag: string;
  /** Checksums by algorithm, base64. */
  readonly checksums: ReadonlyMap<string, string>;
}

/** Every part but the last has at least 5 MiB. */
export const MIN_PART = 5 * 1024 * 1024;

/** CompleteMultipartUpload: the parts become one object, without a byte being moved. */
export async function completeMultipartUpload(call: Call): Promise<void> {
  const { name: bucket } = call.bucket();
  call.allow("s3:PutObject", call.resource);
  const listed = readParts(await call.readText());
  const upload = findUpload(call);
  const parts = chooseParts(upload, call.store.uploads.parts(upload.id), listed);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  checkSize(call.header("x-amz-mp-object-size"), size);
  const checksum = joinedChecksum(upload, parts);
  checkChecksum(call, checksum);
  const used = new Set(parts.map((part) => part.body));
  const version = await commitVersion(call, {
    event: "ObjectCreated:CompleteMultipartUpload",
    check: (current) => checkWrite(call.header, call.key, current),
    also: () => {
      const left = call.store.uploads.parts(upload.id).filter((part) => !used.has(part.body));
      call.store.uploads.remove(upload);
      return left.map((part) => part.body);
    },
    version: {
      bucket,
      key: call.key,
      size,
      etag: compositeChecksum(
        "MD5",
        parts.map((part) => Buffer.from(part.etag, "hex")),
      ),
      storageClass: upload.storageClass,
      attributes: upload.attributes,
      checksum,
      multipart: true,
      segments: parts.map((part) => ({
        body: part.body,
        size: part.size,
        checksum: part.checksum,
      })),
    },
  });
  const { etag, ...headers } = confirmation(call, version);
  call.reply({
    headers,
    xml: document("CompleteMultipartUploadResult", [
      tag("Location", `http://${call.header("host") ?? ""}/${bucket}/${encodeURI(call.key)}`),
      tag("Bucket", bucket),
      tag("Key", call.key),
      tag("ETag", etag),
      tag(checksumElement(checksum.algorithm), checksum.value),
      tag("ChecksumType", checksum.type),
    ]),
  });
}

function readParts(xml: string): ListedPart[] {
  const root = parseDocument(xml, "CompleteMultipartUpload");
  const parts = children(root, "Part").map((part): ListedPart => {
    const number = Number(textOf(part, "PartNumber") ?? NaN);
    const etag = textOf(part, "ETag");
    if (!Number.isInteger(number) || etag === undefined) throw s3Error.malformedXml();
    const checksums = ALGORITHMS.flatMap((algorithm): [string, string][] => {
      const value = textOf(part, checksumElement(algorithm));
      return value === undefined ? [] : [[algorithm, value]];
    });
    return { number, etag: etag.trim().replace(/^"|"$/g, ""), checksums: new Map(checksums) };
  });
  if (parts.length === 0 || parts.length > 10_000) throw s3Error.malformedXml();
  return parts;
}

/**
 * The uploaded parts that the client lists, in its order, which must be ascending.
 * @throws InvalidPartOrder, InvalidPart, EntityTooSmall, or InvalidRequest where a checksum is missing
 */
export function chooseParts(
  upload: Pick<Upload, "id" | "algorithm" | "checksumType">,
  uploaded: readonly Part[],
  listed: readonly ListedPart[],
): Part[] {
  const ascending = listed.every(({ number }, n) => number > (listed[n - 1]?.number ?? 0));
  if (!ascending) throw s3Error.invalidPartOrder(upload.id);
  const byNumber = new Map(uploaded.map((part) => [part.number, part]));
  return listed.map((one, index) => {
    const part = byNumber.get(one.number);
    if (part?.etag !== one.etag) throw s3Error.invalidPart(upload.id, one.number, one.etag);
    checkPartChecksum(upload, part, one);
    if (index < listed.length - 1 && part.size < MIN_PART) {
      throw s3Error.entityTooSmall(part.size, MIN_PART, part.number, part.etag);
    }
    return part;
  });
}

function checkPartChecksum(
  upload: Pick<Upload, "id" | "algorithm" | "checksumType">,
  part: Part,
  listed: ListedPart,
): void {
  const given = listed.checksums.get(upload.algorithm);
  if (given === undefined && upload.checksumType === "COMPOSITE") {
    throw s3Error.invalidRequest(
      `The upload was created using a ${upload.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${listed.number} in the request.`,
    );
  }
  if (given !== undefined && given !== part.checksum) {
    throw s3Error.invalidPart(upload.id, listed.number, listed.etag);
  }
}

function joinedChecksum(upload: Upload, parts: readonly Part[]): StoredChecksum {
  const pieces = parts.map(({ checksum, size }) => ({
    checksum: Buffer.from(checksum, "base64"),
    size,
  }));
  const { algorithm, checksumType: type } = upload;
  return { algorithm, type, value: joinChecksums(algorithm, type, pieces) };
}

function checkSize(declared: string | undefined, size: number): void {
  if (declared === undefined || Number(declared) === size) return;
  throw s3Error.invalidRequest(
    `The provided 'x-amz-mp-object-size' header value ${declared} does not match what was computed: ${size}`,
  );
}

/** The client may say what the whole object's checksum must be. */
function checkChecksum(call: Call, checksum: StoredChecksum): void {
  const type = call.header("x-amz-checksum-type");
  if (type !== undefined && type !== checksum.type) {
    throw s3Error.invalidRequest(
      `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const given = call.header(checksumHeader(checksum.algorithm));
  if (given !== undefined && given.replace(/-\d+$/, "") !== checksum.value.replace(/-\d+$/, "")) {
    throw s3Error.badDigest(checksum.algorithm);
  }
}
