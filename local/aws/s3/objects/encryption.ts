import { createHash, randomBytes } from "node:crypto";

import type { Call, Server } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Encryption, Version } from "../index/version.ts";
import { child, children, parseXml, textOf } from "../xml/read.ts";

const ALGORITHMS = ["AES256", "aws:kms", "aws:kms:dsse"] as const;

/** How an object is encrypted: as its upload asks, else as the bucket says, else with S3's own keys. */
export function encryptionOf(call: Call): Encryption {
  const asked = call.header("x-amz-server-side-encryption");
  if (asked === undefined) return bucketEncryption(call.server, call.bucketName);
  const algorithm = ALGORITHMS.find((one) => one === asked);
  if (!algorithm) {
    throw s3Error.invalidArgument("The encryption method specified is not supported", {
      ArgumentName: "x-amz-server-side-encryption",
      ArgumentValue: asked,
    });
  }
  const keyId = call.header("x-amz-server-side-encryption-aws-kms-key-id");
  const bucketKey = call.header("x-amz-server-side-encryption-bucket-key-enabled") === "true";
  return withKey(call.server, algorithm, keyId, bucketKey);
}

export function bucketEncryption(server: Server, bucket: string): Encryption {
  const setting = server.store.buckets.setting(bucket, "encryption");
  const rule = setting === undefined ? undefined : child(parseXml(setting), "Rule");
  const standard = rule && child(rule, "ApplyServerSideEncryptionByDefault");
  const algorithm = ALGORITHMS.find(
    (one) => one === (standard && textOf(standard, "SSEAlgorithm")),
  );
  if (!rule || !standard || !algorithm) return { algorithm: "AES256" };
  const bucketKey = textOf(rule, "BucketKeyEnabled") === "true";
  return withKey(server, algorithm, textOf(standard, "KMSMasterKeyID"), bucketKey);
}

function withKey(
  server: Server,
  algorithm: Encryption["algorithm"],
  keyId: string | undefined,
  bucketKey: boolean,
): Encryption {
  if (algorithm === "AES256") return { algorithm };
  const key = keyId ?? `arn:aws:kms:${server.region}:${server.accountId}:alias/aws/s3`;
  return { algorithm, keyId: key, ...(bucketKey ? { bucketKey } : {}) };
}

/** The headers that tell how an object is encrypted. */
export function encryptionHeaders(
  attributes: Version["attributes"],
): Record<string, string | undefined> {
  if (attributes.customerKeyMd5 !== undefined) {
    return {
      "x-amz-server-side-encryption-customer-algorithm": "AES256",
      "x-amz-server-side-encryption-customer-key-md5": attributes.customerKeyMd5,
    };
  }
  const { algorithm, keyId, bucketKey } = attributes.encryption;
  return {
    "x-amz-server-side-encryption": algorithm,
    "x-amz-server-side-encryption-aws-kms-key-id": keyId,
    "x-amz-server-side-encryption-bucket-key-enabled": bucketKey ? "true" : undefined,
  };
}

/**
 * The ETag of a single upload: the MD5 of its bytes only where S3 holds the key itself; with KMS and customer
 * keys it is a digest of something else, and nobody may take it for the MD5.
 */
export function etagOf(attributes: Version["attributes"], md5: Buffer): string {
  const opaque =
    attributes.customerKeyMd5 !== undefined || attributes.encryption.algorithm !== "AES256";
  return (opaque ? randomBytes(16) : md5).toString("hex");
}

/** Reads the customer's key of an upload, which the bucket's configuration may refuse. */
export function uploadKeyOf(call: Call): string | undefined {
  const md5 = customerKeyOf(call);
  if (md5 === undefined) return undefined;
  const setting = call.store.buckets.setting(call.bucketName, "encryption");
  const rule = setting === undefined ? undefined : child(parseXml(setting), "Rule");
  const blocked = rule && child(rule, "BlockedEncryptionTypes");
  const types = blocked ? children(blocked, "EncryptionType") : [];
  if (types.some(({ text }) => text.trim() === "SSE-C")) throw s3Error.accessDenied();
  return md5;
}

/** Reads the customer's key of a request; its MD5 is all that is kept. */
export function customerKeyOf(call: Call, prefix = "x-amz-"): string | undefined {
  const header = (name: string) => call.header(`${prefix}server-side-encryption-customer-${name}`);
  const [algorithm, key, md5] = [header("algorithm"), header("key"), header("key-md5")];
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined;
  if (algorithm !== "AES256") {
    throw s3Error.invalidArgument(
      "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.",
    );
  }
  const bytes = Buffer.from(key ?? "", "base64");
  if (bytes.length !== 32) {
    throw s3Error.invalidArgument("The secret key was invalid for the specified algorithm.");
  }
  const actual = createHash("md5").update(bytes).digest("base64");
  if (md5 !== actual) {
    throw s3Error.invalidArgument(
      "The calculated MD5 hash of the key did not match the hash that was provided.",
    );
  }
  return actual;
}

/** An object under a customer's key is read with that key only. */
export function checkCustomerKey(call: Call, version: Version, prefix?: string): void {
  checkCustomerKeyMd5(call, version.attributes.customerKeyMd5, prefix);
}

/** As {@link checkCustomerKey}, for parts of an upload. */
export function checkCustomerKeyMd5(call: Call, kept: string | undefined, prefix?: string): void {
  const given = customerKeyOf(call, prefix);
  if (given === kept) return;
  if (kept === undefined) {
    throw s3Error.invalidRequest("The encryption parameters are not applicable to this object.");
  }
  if (given !== undefined) throw s3Error.accessDenied();
  throw s3Error.invalidRequest(
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
  );
}
