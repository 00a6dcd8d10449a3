import { decodeKey } from "../address.ts";
import { checkCopySource } from "../conditions.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Version } from "../index/version.ts";
import { uriDecode } from "../../sigv4/canonical.ts";
import { checkCustomerKey } from "./encryption.ts";
import { checkVersionId, findAllowed } from "./find.ts";
import type { ObjectRef } from "./find.ts";
import { checkReadable } from "./restore.ts";

/** Finds what x-amz-copy-source names, if the principal may read it and the source conditions hold. */
export function findCopySource(call: Call): { ref: ObjectRef; version: Version } {
  const ref = parseCopySource(call.header("x-amz-copy-source") ?? "");
  call.bucketNamed(ref.bucket);
  const expected = call.header("x-amz-source-expected-bucket-owner");
  if (expected !== undefined && expected !== call.server.accountId) throw s3Error.accessDenied();
  const version = findSource(call, ref);
  checkCopySource(call.header, version);
  checkCustomerKey(call, version, "x-amz-copy-source-");
  checkReadable(version, call.server.now());
  return { ref, version };
}

function findSource(call: Call, ref: ObjectRef): Version {
  const found = call.store.versions;
  const named =
    ref.versionId === undefined ? undefined : found.byId(ref.bucket, ref.key, ref.versionId);
  if (named?.marker) {
    throw s3Error.invalidRequest(
      "The source of a copy request may not specifically refer to a delete marker by version id.",
    );
  }
  return findAllowed(call, ref, { newest: "s3:GetObject", named: "s3:GetObjectVersion" });
}

/** Parses `/bucket/key?versionId=id`: the key is URL-encoded, the leading slash optional. */
export function parseCopySource(text: string): ObjectRef {
  const match = /^\/?([^/]+)\/(.+?)(?:\?versionId=([^?]*))?$/s.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw s3Error.invalidArgument(
      "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
      { ArgumentName: "x-amz-copy-source", ArgumentValue: text },
    );
  }
  const ref = { bucket: uriDecode(match[1]), key: decodeKey(match[2]) };
  return match[3] === undefined ? ref : { ...ref, versionId: checkVersionId(match[3]) };
}
