import * as buckets from "./buckets/buckets.ts";
import { deleteCollected, getCollected, putCollected } from "./buckets/collections.ts";
import { deleteDocument, getDocument, putDocument, SPECS } from "./buckets/documents.ts";
import { getBucketNotification, putBucketNotification } from "./buckets/notification.ts";
import * as policy from "./buckets/policy.ts";
import { getBucketVersioning, putBucketVersioning } from "./buckets/versioning.ts";
import type { Call } from "./context.ts";
import { listObjects, listObjectsV2 } from "./listing/list-objects.ts";
import { listMultipartUploads } from "./listing/list-uploads.ts";
import { listObjectVersions } from "./listing/list-versions.ts";
import { completeMultipartUpload } from "./multipart/complete.ts";
import { createMultipartUpload } from "./multipart/create.ts";
import * as parts from "./multipart/parts.ts";
import { getObjectAcl, putObjectAcl } from "./objects/acl.ts";
import { copyObject } from "./objects/copy-object.ts";
import { deleteObject, deleteObjects } from "./objects/delete-object.ts";
import { getObjectAttributes } from "./objects/get-attributes.ts";
import { getObject } from "./objects/get-object.ts";
import { putObject } from "./objects/put-object.ts";
import { restoreObject } from "./objects/restore.ts";
import * as tagging from "./objects/tagging.ts";
import { COLLECTIONS, route } from "./routing.ts";

export type Operation = (call: Call) => void | Promise<void>;

/** What each operation does, by the name that IAM and the SDKs give it. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...documentOperations(),
  ...collectionOperations(),
  AbortMultipartUpload: parts.abortMultipartUpload,
  CompleteMultipartUpload: completeMultipartUpload,
  CopyObject: copyObject,
  CreateBucket: buckets.createBucket,
  CreateMultipartUpload: createMultipartUpload,
  DeleteBucket: buckets.deleteBucket,
  DeleteBucketPolicy: policy.deleteBucketPolicy,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  DeleteObjectTagging: tagging.deleteObjectTagging,
  GetBucketLocation: buckets.getBucketLocation,
  GetBucketNotificationConfiguration: getBucketNotification,
  GetBucketPolicy: policy.getBucketPolicy,
  GetBucketPolicyStatus: policy.getBucketPolicyStatus,
  GetBucketVersioning: getBucketVersioning,
  GetObject: getObject,
  GetObjectAcl: getObjectAcl,
  GetObjectAttributes: getObjectAttributes,
  GetObjectTagging: tagging.getObjectTagging,
  HeadBucket: buckets.headBucket,
  HeadObject: getObject,
  ListBuckets: buckets.listBuckets,
  ListMultipartUploads: listMultipartUploads,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListParts: parts.listParts,
  PutBucketNotificationConfiguration: putBucketNotification,
  PutBucketPolicy: policy.putBucketPolicy,
  PutBucketVersioning: putBucketVersioning,
  PutObject: putObject,
  PutObjectAcl: putObjectAcl,
  PutObjectTagging: tagging.putObjectTagging,
  RestoreObject: restoreObject,
  UploadPart: parts.uploadPart,
  UploadPartCopy: parts.uploadPartCopy,
};

/** Get, put and delete of the documents that a bucket keeps. */
function documentOperations(): Record<string, Operation> {
  const operations: Record<string, Operation> = {};
  for (const kind of Object.keys(SPECS)) {
    named(operations, "GET", [kind], (call) => getDocument(call, kind));
    named(operations, "PUT", [kind], (call) => putDocument(call, kind));
    if (kind !== "acl") named(operations, "DELETE", [kind], (call) => deleteDocument(call, kind));
  }
  return operations;
}

function collectionOperations(): Record<string, Operation> {
  const operations: Record<string, Operation> = {};
  for (const kind of Object.keys(COLLECTIONS)) {
    named(operations, "GET", [kind], (call) => getCollected(call, kind));
    named(operations, "GET", [kind, "id"], (call) => getCollected(call, kind));
    named(operations, "PUT", [kind, "id"], (call) => putCollected(call, kind));
    named(operations, "DELETE", [kind, "id"], (call) => deleteCollected(call, kind));
  }
  return operations;
}

/** Files an operation under the name that its route has. */
function named(
  operations: Record<string, Operation>,
  method: string,
  query: readonly string[],
  operation: Operation,
): void {
  const name = route(method, { bucket: "any" }, new Set(query), false);
  if (name !== undefined) operations[name] = operation;
}
