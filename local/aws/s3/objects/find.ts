import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import type { Version } from "../index/version.ts";
import { bucketArn, objectArn } from "../names.ts";
import { existingTags } from "./tags.ts";

/** A key of a bucket, at one version or at its newest. */
export interface ObjectRef {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

/** What must be allowed for the newest version, and what for one named by its id. */
export interface VersionActions {
  readonly newest: string;
  readonly named: string;
}

const VERSION_ID = /^(null|[A-Za-z0-9_.-]{1,1024})$/;

/** The object that the request's path and versionId name. */
export function refOf(call: Call): ObjectRef {
  const versionId = call.query.get("versionId");
  if (versionId === undefined) return { bucket: call.bucketName, key: call.key };
  return { bucket: call.bucketName, key: call.key, versionId: checkVersionId(versionId) };
}

export function checkVersionId(versionId: string): string {
  if (VERSION_ID.test(versionId)) return versionId;
  throw s3Error.invalidArgument(
    versionId === "" ? "Version id cannot be the empty string" : "Invalid version id specified",
    { ArgumentName: "versionId", ArgumentValue: versionId },
  );
}

export function lookUp(call: Call, ref: ObjectRef): Version | undefined {
  const { versions } = call.store;
  return ref.versionId === undefined
    ? versions.latest(ref.bucket, ref.key)
    : versions.byId(ref.bucket, ref.key, ref.versionId);
}

/**
 * Finds an object that the principal may read or change, after asking for the action.
 * Whoever may not list the bucket is not told that a key is missing.
 */
export function findAllowed(call: Call, ref: ObjectRef, actions: VersionActions): Version {
  const version = lookUp(call, ref);
  const action = ref.versionId === undefined ? actions.newest : actions.named;
  call.allow(action, objectArn(ref.bucket, ref.key), existingTags(version));
  if (!version) {
    call.allow("s3:ListBucket", bucketArn(ref.bucket));
    if (ref.versionId !== undefined) throw s3Error.noSuchVersion(ref.key, ref.versionId);
    throw s3Error.noSuchKey(ref.key);
  }
  if (version.marker) throw markerError(call, ref, version);
  return version;
}

/** A delete marker is a missing key, and a method not allowed when named by its id. */
function markerError(call: Call, ref: ObjectRef, marker: Version): Error {
  call.request.res.setHeader("x-amz-delete-marker", "true");
  call.request.res.setHeader("x-amz-version-id", marker.id);
  if (ref.versionId === undefined) return s3Error.noSuchKey(ref.key);
  call.request.res.setHeader("allow", "DELETE");
  call.request.res.setHeader("last-modified", new Date(marker.modified).toUTCString());
  return s3Error.methodNotAllowed(call.request.req.method ?? "GET", "DeleteMarker");
}

/** The version id as answers show it: not at all for buckets that never had versions. */
export function shownVersionId(call: Call, bucket: string, id: string): string | undefined {
  const versioning = call.store.buckets.find(bucket)?.versioning;
  return versioning === undefined || versioning === "Unversioned" ? undefined : id;
}
