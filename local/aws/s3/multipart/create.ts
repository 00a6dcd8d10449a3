import { isCrc } from "../checksums/algorithm.ts";
import type { Algorithm, ChecksumType } from "../checksums/algorithm.ts";
import { readAlgorithm } from "../checksums/declared.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Upload } from "../index/uploads.ts";
import { checkKey, newUploadId } from "../names.ts";
import { checkAcl } from "../objects/acl.ts";
import { readAttributes, readStorageClass } from "../objects/attributes.ts";
import { encryptionHeaders } from "../objects/encryption.ts";
import { allowTags, requestTags } from "../objects/tags.ts";
import { document, tag } from "../xml/write.ts";

/** CreateMultipartUpload: what the object will be, before any of its parts. */
export function createMultipartUpload(call: Call): void {
  const { name: bucket } = call.bucket();
  checkKey(call.key);
  const attributes = readAttributes(call);
  const storageClass = readStorageClass(call);
  call.allow("s3:PutObject", call.resource, requestTags(attributes.tags));
  allowTags(call, call.resource, attributes.tags);
  checkAcl(call);
  const now = call.server.now();
  const upload: Upload = {
    bucket,
    key: call.key,
    id: newUploadId(now),
    initiated: now.getTime(),
    storageClass,
    attributes,
    initiator: call.request.principal.arn,
    ...readChecksumChoice(
      call.header("x-amz-checksum-algorithm"),
      call.header("x-amz-checksum-type"),
    ),
  };
  call.store.commit(undefined, () => call.store.uploads.add(upload));
  call.reply({
    headers: {
      ...encryptionHeaders(attributes),
      ...(upload.algorithmGiven
        ? {
            "x-amz-checksum-algorithm": upload.algorithm,
            "x-amz-checksum-type": upload.checksumType,
          }
        : {}),
    },
    xml: document("InitiateMultipartUploadResult", [
      tag("Bucket", bucket),
      tag("Key", call.key),
      tag("UploadId", upload.id),
    ]),
  });
}

/**
 * What the finished object is checksummed with: the client's choice, else CRC64NVME over the full object.
 * CRC64NVME has no composite form and the SHA algorithms no other.
 */
export function readChecksumChoice(
  algorithmText: string | undefined,
  typeText: string | undefined,
): Pick<Upload, "algorithm" | "checksumType" | "algorithmGiven"> {
  if (algorithmText === undefined) {
    if (typeText !== undefined) {
      throw s3Error.invalidRequest(
        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
      );
    }
    return { algorithm: "CRC64NVME", checksumType: "FULL_OBJECT", algorithmGiven: false };
  }
  const algorithm = readAlgorithm(algorithmText);
  const type = typeText?.toUpperCase() ?? defaultType(algorithm);
  if (type !== "COMPOSITE" && type !== "FULL_OBJECT") {
    throw s3Error.invalidRequest("Value for x-amz-checksum-type header is invalid.");
  }
  if (!supports(algorithm, type)) {
    throw s3Error.invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, checksumType: type, algorithmGiven: true };
}

function defaultType(algorithm: Algorithm): ChecksumType {
  return algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE";
}

function supports(algorithm: Algorithm, type: ChecksumType): boolean {
  return type === "FULL_OBJECT" ? isCrc(algorithm) : algorithm !== "CRC64NVME";
}
