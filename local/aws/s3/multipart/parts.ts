import { checksumElement, checksumHeader } from "../checksums/algorithm.ts";
import { declaredChecksums } from "../checksums/declared.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Part, Upload } from "../index/uploads.ts";
import { readMax } from "../listing/parameters.ts";
import { ownerElement } from "../listing/list-objects.ts";
import { findCopySource } from "../objects/copy-source.ts";
import { checkCustomerKeyMd5, encryptionHeaders, etagOf } from "../objects/encryption.ts";
import { shownVersionId } from "../objects/find.ts";
import { MAX_UPLOAD, receive, receiveCopy } from "../objects/receive.ts";
import type { Received } from "../objects/receive.ts";
import { readCopyRange } from "../range.ts";
import { document, optional, tag, wholeSeconds } from "../xml/write.ts";

/** Only of objects that are bigger can a range be copied. Source: UploadPartCopy, x-amz-copy-source-range. */
const MIN_RANGED = 5 * 1024 * 1024;

/** The upload that the request's uploadId names. */
export function findUpload(call: Call): Upload {
  const id = call.query.get("uploadId") ?? "";
  const upload = call.store.uploads.find(call.bucketName, call.key, id);
  if (!upload) throw s3Error.noSuchUpload(id);
  return upload;
}

export async function uploadPart(call: Call): Promise<void> {
  call.bucket();
  call.allow("s3:PutObject", call.resource);
  const number = readPartNumber(call);
  const upload = findUpload(call);
  checkCustomerKeyMd5(call, upload.attributes.customerKeyMd5);
  checkAlgorithm(call, upload);
  const received = await receive(call, upload.algorithm);
  const part = await putPart(call, upload, number, received);
  call.reply({
    headers: {
      etag: `"${part.etag}"`,
      [checksumHeader(part.algorithm)]: part.checksum,
      ...received.confirmed,
      ...encryptionHeaders(upload.attributes),
    },
  });
}

/** UploadPartCopy: a part out of a range of an object that is here already. */
export async function uploadPartCopy(call: Call): Promise<void> {
  call.bucket();
  const number = readPartNumber(call);
  const upload = findUpload(call);
  const { version: source } = findCopySource(call);
  call.allow("s3:PutObject", call.resource);
  const ranged = call.header("x-amz-copy-source-range");
  if (ranged !== undefined && source.size <= MIN_RANGED) throw s3Error.notRangedCopySource();
  const range = readCopyRange(ranged, source.size);
  if (range.end - range.start > MAX_UPLOAD) {
    throw s3Error.entityTooLarge(range.end - range.start, MAX_UPLOAD);
  }
  const reading = call.store.read(source, range.start, range.end);
  const received = await receiveCopy(call, reading, upload.algorithm);
  const part = await putPart(call, upload, number, received);
  call.reply({
    headers: {
      "x-amz-copy-source-version-id": shownVersionId(call, source.bucket, source.id),
      ...encryptionHeaders(upload.attributes),
    },
    xml: document("CopyPartResult", [
      tag("LastModified", wholeSeconds(part.modified)),
      tag("ETag", `"${part.etag}"`),
      tag(checksumElement(part.algorithm), part.checksum),
    ]),
  });
}

export function listParts(call: Call): void {
  call.bucket();
  call.allow("s3:ListMultipartUploadParts", call.resource);
  const upload = findUpload(call);
  const max = readMax(call.query.get("max-parts"), "max-parts");
  const after = readMax(call.query.get("part-number-marker") ?? "0", "part-number-marker");
  const found = call.store.uploads.parts(upload.id, after, max + 1);
  const shown = found.slice(0, max);
  const truncated = found.length > max;
  call.reply({
    xml: document("ListPartsResult", [
      tag("Bucket", upload.bucket),
      tag("Key", upload.key),
      tag("UploadId", upload.id),
      tag("Initiator", [tag("ID", upload.initiator)]),
      ownerElement(call),
      tag("StorageClass", upload.storageClass),
      tag("PartNumberMarker", after),
      optional("NextPartNumberMarker", shown.at(-1)?.number),
      tag("MaxParts", max),
      tag("IsTruncated", truncated),
      optional("ChecksumAlgorithm", upload.algorithm),
      optional("ChecksumType", upload.checksumType),
      ...shown.map(renderPart),
    ]),
  });
}

export function abortMultipartUpload(call: Call): void {
  call.bucket();
  call.allow("s3:AbortMultipartUpload", call.resource);
  const upload = findUpload(call);
  call.store.commit(undefined, (change) => {
    change.drop(call.store.uploads.parts(upload.id).map((part) => part.body));
    call.store.uploads.remove(upload);
  });
  call.reply({ status: 204 });
}

function renderPart(part: Part): string {
  return tag("Part", [
    tag("PartNumber", part.number),
    tag("LastModified", wholeSeconds(part.modified)),
    tag("ETag", `"${part.etag}"`),
    tag("Size", part.size),
    tag(checksumElement(part.algorithm), part.checksum),
  ]);
}

/** Keeps a received part, unless the upload ended meanwhile. */
async function putPart(
  call: Call,
  upload: Upload,
  number: number,
  received: Received,
): Promise<Part> {
  const { staged, algorithm, checksum } = received;
  const part: Part = {
    upload: upload.id,
    number,
    body: staged.id,
    size: staged.size,
    etag: etagOf(upload.attributes, received.md5),
    modified: call.server.now().getTime(),
    algorithm,
    checksum,
  };
  try {
    findUpload(call);
    call.store.commit(staged, (change) => {
      const replaced = call.store.uploads.putPart(part);
      if (replaced) change.drop([replaced.body]);
    });
  } catch (error) {
    await call.store.discard(staged);
    throw error;
  }
  return part;
}

function readPartNumber(call: Call): number {
  const text = call.query.get("partNumber") ?? "";
  const number = Number(text);
  if (text !== "" && Number.isInteger(number) && number >= 1 && number <= 10_000) return number;
  throw s3Error.invalidArgument("Part number must be an integer between 1 and 10000, inclusive", {
    ArgumentName: "partNumber",
    ArgumentValue: text,
  });
}

/** Where the upload was begun with an algorithm, no part may come with another. */
function checkAlgorithm(call: Call, upload: Upload): void {
  const { algorithm } = declaredChecksums(call.header);
  if (!upload.algorithmGiven || algorithm === undefined || algorithm === upload.algorithm) return;
  throw s3Error.invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
  );
}
