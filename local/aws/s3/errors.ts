import { AwsError } from "../contract.ts";

/** S3's own errors, by the code that clients look for. Source: "S3 API reference: error responses". */
export const s3Error = {
  accessDenied: (message = "Access Denied") => new AwsError("AccessDenied", 403, message),
  aclNotSupported: () =>
    new AwsError("AccessControlListNotSupported", 400, "The bucket does not allow ACLs"),
  badDigest: (what: string) =>
    new AwsError(
      "BadDigest",
      400,
      `The ${what} you specified did not match the calculated checksum.`,
    ),
  badRequest: (message: string) => new AwsError("BadRequest", 400, message),
  bucketAlreadyOwnedByYou: (bucket: string) =>
    new AwsError(
      "BucketAlreadyOwnedByYou",
      409,
      "Your previous request to create the named bucket succeeded and you already own it.",
      { BucketName: bucket },
    ),
  bucketNotEmpty: (bucket: string) =>
    new AwsError("BucketNotEmpty", 409, "The bucket you tried to delete is not empty", {
      BucketName: bucket,
    }),
  entityTooLarge: (size: number, max: number) =>
    new AwsError(
      "EntityTooLarge",
      400,
      "Your proposed upload exceeds the maximum allowed object size.",
      { ProposedSize: String(size), MaxSizeAllowed: String(max) },
    ),
  entityTooSmall: (size: number, min: number, part: number, etag: string) =>
    new AwsError(
      "EntityTooSmall",
      400,
      "Your proposed upload is smaller than the minimum allowed size",
      {
        ProposedSize: String(size),
        MinSizeAllowed: String(min),
        PartNumber: String(part),
        ETag: etag,
      },
    ),
  incompleteBody: () =>
    new AwsError(
      "IncompleteBody",
      400,
      "You did not provide the number of bytes specified by the Content-Length HTTP header",
    ),
  invalidArgument: (message: string, detail: Readonly<Record<string, string>> = {}) =>
    new AwsError("InvalidArgument", 400, message, detail),
  invalidBucketName: (bucket: string) =>
    new AwsError("InvalidBucketName", 400, "The specified bucket is not valid.", {
      BucketName: bucket,
    }),
  invalidDigest: (value: string) =>
    new AwsError("InvalidDigest", 400, "The Content-MD5 you specified was invalid.", {
      "Content-MD5": value,
    }),
  invalidObjectState: (storageClass: string) =>
    new AwsError(
      "InvalidObjectState",
      403,
      "The operation is not valid for the object's storage class",
      { StorageClass: storageClass },
    ),
  invalidPart: (uploadId: string, part: number, etag: string) =>
    new AwsError(
      "InvalidPart",
      400,
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      { UploadId: uploadId, PartNumber: String(part), ETag: etag },
    ),
  invalidPartNumber: (part: number, count: number) =>
    new AwsError("InvalidPartNumber", 416, "The requested partnumber is not satisfiable", {
      PartNumberRequested: String(part),
      ActualPartCount: String(count),
    }),
  invalidPartOrder: (uploadId: string) =>
    new AwsError(
      "InvalidPartOrder",
      400,
      "The list of parts was not in ascending order. Parts must be ordered by part number.",
      { UploadId: uploadId },
    ),
  invalidRange: (range: string, size: number) =>
    new AwsError("InvalidRange", 416, "The requested range is not satisfiable", {
      RangeRequested: range,
      ActualObjectSize: String(size),
    }),
  invalidRequest: (message: string) => new AwsError("InvalidRequest", 400, message),
  invalidStorageClass: () =>
    new AwsError("InvalidStorageClass", 400, "The storage class you specified is not valid"),
  invalidTag: (message: string) => new AwsError("InvalidTag", 400, message),
  keyTooLong: (size: number) =>
    new AwsError("KeyTooLongError", 400, "Your key is too long", {
      Size: String(size),
      MaxSizeAllowed: "1024",
    }),
  notRangedCopySource: () =>
    new AwsError(
      "InvalidRequest",
      400,
      "The specified copy source is not supported as a byte-range copy source",
    ),
  restoreAlreadyInProgress: () =>
    new AwsError("RestoreAlreadyInProgress", 409, "Object restore is already in progress"),
  malformedPolicy: (message: string) => new AwsError("MalformedPolicy", 400, message),
  malformedXml: () =>
    new AwsError(
      "MalformedXML",
      400,
      "The XML you provided was not well-formed or did not validate against our published schema",
    ),
  metadataTooLarge: (size: number) =>
    new AwsError(
      "MetadataTooLarge",
      400,
      "Your metadata headers exceed the maximum allowed metadata size",
      { Size: String(size), MaxSizeAllowed: "2048" },
    ),
  methodNotAllowed: (method: string, resource: string) =>
    new AwsError(
      "MethodNotAllowed",
      405,
      "The specified method is not allowed against this resource.",
      { Method: method, ResourceType: resource },
    ),
  missingContentLength: () =>
    new AwsError("MissingContentLength", 411, "You must provide the Content-Length HTTP header."),
  noSuchBucket: (bucket: string) =>
    new AwsError("NoSuchBucket", 404, "The specified bucket does not exist", {
      BucketName: bucket,
    }),
  noSuchKey: (key: string) =>
    new AwsError("NoSuchKey", 404, "The specified key does not exist.", { Key: key }),
  noSuchUpload: (uploadId: string) =>
    new AwsError(
      "NoSuchUpload",
      404,
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
      { UploadId: uploadId },
    ),
  noSuchVersion: (key: string, versionId: string) =>
    new AwsError("NoSuchVersion", 404, "The specified version does not exist.", {
      Key: key,
      VersionId: versionId,
    }),
  notImplemented: (what: string) =>
    new AwsError(
      "NotImplemented",
      501,
      "A header you provided implies functionality that is not implemented",
      { Header: what },
    ),
  preconditionFailed: (condition: string) =>
    new AwsError(
      "PreconditionFailed",
      412,
      "At least one of the pre-conditions you specified did not hold",
      { Condition: condition },
    ),
  slowDown: () => new AwsError("SlowDown", 503, "Please reduce your request rate."),
};
