import { AwsError } from "../../contract.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Bucket } from "../index/buckets.ts";
import { ownerAcl, ownerEnforced } from "../objects/acl.ts";
import { readTagging } from "../objects/tags.ts";
import { parseDocument, renderXml } from "../xml/document.ts";
import { child, children, textOf } from "../xml/read.ts";
import type { XmlElement } from "../xml/read.ts";
import { declared, document, tag } from "../xml/write.ts";

/** A configuration that a bucket keeps as the document that the client put. */
interface DocumentSpec {
  /** The root element. */
  readonly root: string;
  readonly read: string;
  readonly write: string;
  /** What a read answers when nothing was put: a document, or an error. */
  readonly absent: (call: Call) => string;
  /** What S3 checks before it takes it; may complete the document. */
  readonly check?: (call: Call, root: XmlElement) => XmlElement | undefined;
  readonly headers?: readonly string[];
}

/** The documents by their query name, but for those with a file of their own (policy, notification, versioning). */
export const SPECS: Readonly<Record<string, DocumentSpec>> = {
  accelerate: {
    root: "AccelerateConfiguration",
    read: "s3:GetAccelerateConfiguration",
    write: "s3:PutAccelerateConfiguration",
    absent: () => document("AccelerateConfiguration", undefined),
  },
  acl: {
    root: "AccessControlPolicy",
    read: "s3:GetBucketAcl",
    write: "s3:PutBucketAcl",
    absent: ownerAcl,
  },
  cors: {
    root: "CORSConfiguration",
    read: "s3:GetBucketCORS",
    write: "s3:PutBucketCORS",
    absent: missing("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    check: needs("CORSRule"),
  },
  encryption: {
    root: "ServerSideEncryptionConfiguration",
    read: "s3:GetEncryptionConfiguration",
    write: "s3:PutEncryptionConfiguration",
    absent: () =>
      document("ServerSideEncryptionConfiguration", [
        tag("Rule", [
          tag("ApplyServerSideEncryptionByDefault", [tag("SSEAlgorithm", "AES256")]),
          tag("BucketKeyEnabled", false),
        ]),
      ]),
    check: needs("Rule"),
  },
  lifecycle: {
    root: "LifecycleConfiguration",
    read: "s3:GetLifecycleConfiguration",
    write: "s3:PutLifecycleConfiguration",
    absent: missing("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
    check: checkLifecycle,
    headers: ["x-amz-transition-default-minimum-object-size"],
  },
  logging: {
    root: "BucketLoggingStatus",
    read: "s3:GetBucketLogging",
    write: "s3:PutBucketLogging",
    absent: () => document("BucketLoggingStatus", undefined),
  },
  "object-lock": {
    root: "ObjectLockConfiguration",
    read: "s3:GetBucketObjectLockConfiguration",
    write: "s3:PutBucketObjectLockConfiguration",
    absent: missing(
      "ObjectLockConfigurationNotFoundError",
      "Object Lock configuration does not exist for this bucket",
    ),
  },
  ownershipControls: {
    root: "OwnershipControls",
    read: "s3:GetBucketOwnershipControls",
    write: "s3:PutBucketOwnershipControls",
    absent: missing(
      "OwnershipControlsNotFoundError",
      "The bucket ownership controls were not found",
    ),
    check: checkOwnership,
  },
  publicAccessBlock: {
    root: "PublicAccessBlockConfiguration",
    read: "s3:GetBucketPublicAccessBlock",
    write: "s3:PutBucketPublicAccessBlock",
    absent: missing(
      "NoSuchPublicAccessBlockConfiguration",
      "The public access block configuration was not found",
    ),
  },
  replication: {
    root: "ReplicationConfiguration",
    read: "s3:GetReplicationConfiguration",
    write: "s3:PutReplicationConfiguration",
    absent: missing(
      "ReplicationConfigurationNotFoundError",
      "The replication configuration was not found",
    ),
    check: checkReplication,
  },
  requestPayment: {
    root: "RequestPaymentConfiguration",
    read: "s3:GetBucketRequestPayment",
    write: "s3:PutBucketRequestPayment",
    absent: () => document("RequestPaymentConfiguration", [tag("Payer", "BucketOwner")]),
  },
  tagging: {
    root: "Tagging",
    read: "s3:GetBucketTagging",
    write: "s3:PutBucketTagging",
    absent: missing("NoSuchTagSet", "The TagSet does not exist"),
    check: (_, root) => {
      readTagging(renderXml(root), "bucket");
      return root;
    },
  },
  website: {
    root: "WebsiteConfiguration",
    read: "s3:GetBucketWebsite",
    write: "s3:PutBucketWebsite",
    absent: missing(
      "NoSuchWebsiteConfiguration",
      "The specified bucket does not have a website configuration",
    ),
  },
};

export function getDocument(call: Call, kind: string): void {
  const spec = specOf(kind);
  call.bucket();
  call.allow(spec.read, call.resource);
  const kept = call.store.buckets.setting(call.bucketName, kind);
  const headers = (spec.headers ?? []).map((name): [string, string | undefined] => [
    name,
    call.store.buckets.setting(call.bucketName, `${kind} ${name}`),
  ]);
  call.reply({
    xml: kept === undefined ? spec.absent(call) : declared(kept),
    headers: kept === undefined ? {} : Object.fromEntries(headers),
  });
}

export async function putDocument(call: Call, kind: string): Promise<void> {
  const spec = specOf(kind);
  const bucket = call.bucket();
  call.allow(spec.write, call.resource);
  if (kind === "acl") {
    putAcl(call, bucket);
    return;
  }
  const root = parseDocument(await call.readText(), spec.root);
  const checked = spec.check?.(call, root) ?? root;
  call.store.commit(undefined, () => {
    call.store.buckets.putSetting(bucket.name, kind, renderXml(checked, true));
    for (const name of spec.headers ?? []) {
      const value = call.header(name) ?? "all_storage_classes_128K";
      call.store.buckets.putSetting(bucket.name, `${kind} ${name}`, value);
    }
  });
  call.reply({ status: kind === "tagging" ? 204 : 200 });
}

export function deleteDocument(call: Call, kind: string): void {
  const spec = specOf(kind);
  const { name } = call.bucket();
  call.allow(spec.write, call.resource);
  call.store.commit(undefined, () => call.store.buckets.removeSetting(name, kind));
  call.reply({ status: 204 });
}

function specOf(kind: string): DocumentSpec {
  const spec = SPECS[kind];
  if (!spec) throw s3Error.methodNotAllowed("", kind);
  return spec;
}

function putAcl(call: Call, bucket: Bucket): void {
  const acl = call.header("x-amz-acl");
  if (
    ownerEnforced(call, bucket.name) &&
    acl !== "bucket-owner-full-control" &&
    acl !== "private"
  ) {
    throw s3Error.aclNotSupported();
  }
  call.reply({});
}

function missing(code: string, message: string): (call: Call) => never {
  return (call) => {
    throw new AwsError(code, 404, message, { BucketName: call.bucketName });
  };
}

function needs(element: string): (call: Call, root: XmlElement) => XmlElement {
  return (_, root) => {
    if (!child(root, element)) throw s3Error.malformedXml();
    return root;
  };
}

function checkOwnership(_: Call, root: XmlElement): XmlElement {
  const rule = child(root, "Rule");
  const known = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];
  if (!rule || !known.includes(textOf(rule, "ObjectOwnership") ?? "")) throw s3Error.malformedXml();
  return root;
}

function checkReplication(call: Call, root: XmlElement): XmlElement {
  if (call.bucket().versioning === "Enabled") return root;
  throw s3Error.invalidRequest(
    "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
  );
}

/** Rules have a status and an id of their own; S3 invents ids that are missing. */
function checkLifecycle(_: Call, root: XmlElement): XmlElement {
  const rules = children(root, "Rule");
  if (rules.length === 0 || rules.length > 1000) throw s3Error.malformedXml();
  const ids = rules.flatMap((rule) => textOf(rule, "ID") ?? []);
  if (new Set(ids).size < ids.length) {
    throw s3Error.invalidArgument("Rule ID must be unique. Found same ID for more than one rule");
  }
  const named = root.children.map((rule, index) => {
    if (rule.name !== "Rule") return rule;
    if (!["Enabled", "Disabled"].includes(textOf(rule, "Status") ?? ""))
      throw s3Error.malformedXml();
    const id = textOf(rule, "ID");
    if (id !== undefined && id !== "") return rule;
    const text = Buffer.from(`rule ${index} ${renderXml(rule)}`)
      .toString("base64url")
      .slice(0, 48);
    const invented = { name: "ID", attributes: {}, children: [], text };
    const others = rule.children.filter((one) => one.name !== "ID");
    return { ...rule, children: [invented, ...others] };
  });
  return { ...root, children: named };
}
