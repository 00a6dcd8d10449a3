/** Where a request goes: nothing, a bucket, or an object. */
export interface Target {
  readonly bucket?: string;
  readonly key?: string;
}

type Level = "service" | "bucket" | "object";

/** Sub-resources of a bucket that are kept as documents, by their query name. */
export const DOCUMENTS = {
  accelerate: "AccelerateConfiguration",
  acl: "Acl",
  cors: "Cors",
  encryption: "Encryption",
  lifecycle: "LifecycleConfiguration",
  logging: "Logging",
  notification: "NotificationConfiguration",
  "object-lock": "ObjectLockConfiguration",
  ownershipControls: "OwnershipControls",
  policy: "Policy",
  publicAccessBlock: "PublicAccessBlock",
  replication: "Replication",
  requestPayment: "RequestPayment",
  tagging: "Tagging",
  versioning: "Versioning",
  website: "Website",
} as const;

/** Sub-resources with many documents of a kind, told apart by `id`. */
export const COLLECTIONS = {
  analytics: "Analytics",
  "intelligent-tiering": "IntelligentTiering",
  inventory: "Inventory",
  metrics: "Metrics",
} as const;

/** Method and query name (empty: none of them) to operation, the more specific names first. */
const ROUTES: Readonly<Record<Level, readonly (readonly [string, string, string])[]>> = {
  service: [["GET", "", "ListBuckets"]],
  bucket: [
    ["GET", "location", "GetBucketLocation"],
    ["GET", "policyStatus", "GetBucketPolicyStatus"],
    ["GET", "uploads", "ListMultipartUploads"],
    ["GET", "versions", "ListObjectVersions"],
    ["POST", "delete", "DeleteObjects"],
    ["GET", "list-type", "ListObjectsV2"],
    ["GET", "", "ListObjects"],
    ["HEAD", "", "HeadBucket"],
    ["PUT", "", "CreateBucket"],
    ["DELETE", "", "DeleteBucket"],
  ],
  object: [
    ["GET", "uploadId", "ListParts"],
    ["PUT", "uploadId", "UploadPart"],
    ["POST", "uploadId", "CompleteMultipartUpload"],
    ["DELETE", "uploadId", "AbortMultipartUpload"],
    ["POST", "uploads", "CreateMultipartUpload"],
    ["GET", "tagging", "GetObjectTagging"],
    ["PUT", "tagging", "PutObjectTagging"],
    ["DELETE", "tagging", "DeleteObjectTagging"],
    ["GET", "attributes", "GetObjectAttributes"],
    ["GET", "acl", "GetObjectAcl"],
    ["PUT", "acl", "PutObjectAcl"],
    ["POST", "restore", "RestoreObject"],
    ["GET", "", "GetObject"],
    ["HEAD", "", "HeadObject"],
    ["PUT", "", "PutObject"],
    ["DELETE", "", "DeleteObject"],
  ],
};

/** Query names that change what an operation is; one that has no route is not implemented here. */
const SUBRESOURCES: ReadonlySet<string> = new Set([
  ...Object.keys(DOCUMENTS),
  ...Object.keys(COLLECTIONS),
  ...Object.values(ROUTES).flatMap((routes) => routes.map(([, name]) => name)),
  "abac",
  "legal-hold",
  "metadataConfiguration",
  "metadataTable",
  "renameObject",
  "retention",
  "select",
  "session",
  "torrent",
]);

/**
 * Names the operation of a request, as IAM and the SDKs name it; undefined when there is none.
 * A PUT with x-amz-copy-source is CopyObject or UploadPartCopy.
 */
export function route(
  method: string,
  target: Target,
  query: ReadonlySet<string>,
  copies: boolean,
): string | undefined {
  const level = levelOf(target);
  const document = level === "bucket" ? documentOperation(method, query) : undefined;
  if (document !== undefined) return document;
  const special = [...query].filter((name) => SUBRESOURCES.has(name));
  const found = ROUTES[level].find(
    ([verb, name]) =>
      verb === method && (name === "" ? special.length === 0 : special.includes(name)),
  )?.[2];
  if (!copies) return found;
  return found === "PutObject" ? "CopyObject" : found === "UploadPart" ? "UploadPartCopy" : found;
}

function levelOf(target: Target): Level {
  if (target.bucket === undefined) return "service";
  return target.key === undefined ? "bucket" : "object";
}

const VERBS: Readonly<Record<string, string>> = { GET: "Get", PUT: "Put", DELETE: "Delete" };

function documentOperation(method: string, query: ReadonlySet<string>): string | undefined {
  const verb = VERBS[method];
  if (verb === undefined) return undefined;
  for (const [name, noun] of Object.entries(COLLECTIONS)) {
    if (!query.has(name)) continue;
    return query.has("id") || method !== "GET"
      ? `${verb}Bucket${noun}Configuration`
      : `ListBucket${noun}Configurations`;
  }
  for (const [name, noun] of Object.entries(DOCUMENTS)) {
    if (!query.has(name)) continue;
    if (name === "publicAccessBlock") return `${verb}PublicAccessBlock`;
    if (name === "object-lock") return `${verb}ObjectLockConfiguration`;
    if (name === "lifecycle" && verb === "Delete") return "DeleteBucketLifecycle";
    return `${verb}Bucket${noun}`;
  }
  return undefined;
}
