import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { canonicalUserId } from "../names.ts";
import { child, parseXml, textOf } from "../xml/read.ts";
import { document, tag } from "../xml/write.ts";
import { findAllowed, refOf } from "./find.ts";

/** Where the bucket's owner owns everything, ACLs are refused but for the one that changes nothing. */
export function checkAcl(call: Call): void {
  const acl = call.header("x-amz-acl");
  const grants = Object.keys(call.headersUnder("x-amz-grant-"));
  if (acl === undefined && grants.length === 0) return;
  call.allow("s3:PutObjectAcl", call.resource);
  if (ownerEnforced(call, call.bucketName) && acl !== "bucket-owner-full-control") {
    throw s3Error.aclNotSupported();
  }
}

export function ownerEnforced(call: Call, bucket: string): boolean {
  const setting = call.store.buckets.setting(bucket, "ownershipControls");
  const rule = setting === undefined ? undefined : child(parseXml(setting), "Rule");
  return rule !== undefined && textOf(rule, "ObjectOwnership") === "BucketOwnerEnforced";
}

export function getObjectAcl(call: Call): void {
  call.bucket();
  findAllowed(call, refOf(call), { newest: "s3:GetObjectAcl", named: "s3:GetObjectVersionAcl" });
  call.reply({ xml: ownerAcl(call) });
}

/** Grants are checked and, where a bucket allows ACLs at all, have no effect: everything here has one owner. */
export function putObjectAcl(call: Call): void {
  call.bucket();
  findAllowed(call, refOf(call), { newest: "s3:PutObjectAcl", named: "s3:PutObjectVersionAcl" });
  if (ownerEnforced(call, call.bucketName)) throw s3Error.aclNotSupported();
  call.reply({});
}

/** The one ACL there is: the owner has full control. */
export function ownerAcl(call: Call): string {
  const id = tag("ID", canonicalUserId(call.server.accountId));
  const grantee = tag(
    "Grantee",
    [id],
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"',
  );
  return document("AccessControlPolicy", [
    tag("Owner", [id]),
    tag("AccessControlList", [tag("Grant", [grantee, tag("Permission", "FULL_CONTROL")])]),
  ]);
}
