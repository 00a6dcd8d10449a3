import { createHash } from "node:crypto";

import { AwsError } from "../../contract.ts";
import { checkDelete } from "../conditions.ts";
import { declaredChecksums } from "../checksums/declared.ts";
import { newDigest } from "../checksums/algorithm.ts";
import type { Call } from "../context.ts";
import { s3Error } from "../errors.ts";
import { announce } from "../events/announce.ts";
import { bodiesOf, NO_ATTRIBUTES } from "../index/version.ts";
import type { Version } from "../index/version.ts";
import { objectArn } from "../names.ts";
import { children, textOf } from "../xml/read.ts";
import { document, optional, tag } from "../xml/write.ts";
import { versionIdFor } from "./commit.ts";
import { checkVersionId, lookUp, refOf } from "./find.ts";
import type { ObjectRef } from "./find.ts";
import { parseDocument } from "../xml/document.ts";
import { existingTags } from "./tags.ts";

/** What a delete did: removed a version (perhaps a marker), put a marker, or found nothing. */
interface Deleted {
  readonly removed?: Version;
  readonly marker?: Version;
}

const EMPTY_MD5 = createHash("md5").digest("hex");
const MAX_KEYS = 1000;

export function deleteObject(call: Call): void {
  call.bucket();
  const ref = refOf(call);
  const { removed, marker } = remove(call, ref, call.header("if-match"));
  call.reply({
    status: 204,
    headers: {
      "x-amz-version-id": ref.versionId ?? marker?.id,
      "x-amz-delete-marker": marker || (ref.versionId && removed?.marker) ? "true" : undefined,
    },
  });
}

/** DeleteObjects: each key succeeds or fails on its own. */
export async function deleteObjects(call: Call): Promise<void> {
  call.bucket();
  const xml = await call.readText();
  checkIntegrity(call, xml);
  const root = parseDocument(xml, "Delete");
  const quiet = textOf(root, "Quiet") === "true";
  const objects = children(root, "Object");
  if (objects.length === 0 || objects.length > MAX_KEYS) throw s3Error.malformedXml();
  const results = objects.map((object) => {
    const key = textOf(object, "Key");
    if (key === undefined || key === "") throw s3Error.malformedXml();
    const versionId = textOf(object, "VersionId");
    const ref = { bucket: call.bucketName, key, ...(versionId ? { versionId } : {}) };
    return deleteOne(call, ref, textOf(object, "ETag"), quiet);
  });
  call.reply({ xml: document("DeleteResult", results) });
}

function deleteOne(
  call: Call,
  ref: ObjectRef,
  etag: string | undefined,
  quiet: boolean,
): string | undefined {
  try {
    if (ref.versionId !== undefined) checkVersionId(ref.versionId);
    const { removed, marker } = remove(call, ref, etag);
    const shown = marker ?? (removed?.marker ? removed : undefined);
    if (quiet) return undefined;
    return tag("Deleted", [
      tag("Key", ref.key),
      optional("VersionId", ref.versionId),
      shown && tag("DeleteMarker", true),
      shown && tag("DeleteMarkerVersionId", shown.id),
    ]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return tag("Error", [
      tag("Key", ref.key),
      optional("VersionId", ref.versionId),
      tag("Code", error.code),
      tag("Message", error.message),
    ]);
  }
}

function remove(call: Call, ref: ObjectRef, match: string | undefined): Deleted {
  const action = ref.versionId === undefined ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
  const found = lookUp(call, ref);
  call.allow(action, objectArn(ref.bucket, ref.key), existingTags(found));
  checkDelete(match, ref.key, found);
  const versioned = call.store.buckets.find(ref.bucket)?.versioning !== "Unversioned";
  if (ref.versionId === undefined && versioned) return { marker: putMarker(call, ref) };
  if (!found) return {};
  call.store.commit(undefined, (change) => {
    call.store.versions.remove(found);
    change.drop(bodiesOf(found));
    const version = { ...found, seq: call.store.nextSeq(call.server.now()) };
    announce(change, { call, event: "ObjectRemoved:Delete", version });
  });
  return { removed: found };
}

/** In a bucket with versions a delete hides what is there; where they are suspended it replaces the null version. */
function putMarker(call: Call, { bucket, key }: ObjectRef): Version {
  const { store, server } = call;
  const now = server.now();
  const marker: Version = {
    bucket,
    key,
    seq: store.nextSeq(now),
    id: versionIdFor(server, bucket),
    marker: true,
    size: 0,
    etag: EMPTY_MD5,
    modified: now.getTime(),
    storageClass: "STANDARD",
    segments: [],
    multipart: false,
    attributes: NO_ATTRIBUTES,
  };
  store.commit(undefined, (change) => {
    const replaced = store.versions.add(marker);
    if (replaced) change.drop(bodiesOf(replaced));
    announce(change, { call, event: "ObjectRemoved:DeleteMarkerCreated", version: marker });
  });
  return marker;
}

/** This operation insists on a checksum of its body. */
function checkIntegrity(call: Call, xml: string): void {
  const declared = declaredChecksums(call.header);
  const { md5, algorithm } = declared;
  const expected = declared.trailing
    ? call.request.trailers()[`x-amz-checksum-${algorithm?.toLowerCase() ?? ""}`]
    : declared.value;
  if (md5 === undefined && expected === undefined) {
    throw s3Error.invalidRequest(
      "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    );
  }
  const compute = (name: Parameters<typeof newDigest>[0]): string => {
    const digest = newDigest(name);
    digest.update(Buffer.from(xml));
    return digest.result().toString("base64");
  };
  if (md5 !== undefined && compute("MD5") !== md5) throw s3Error.badDigest("Content-MD5");
  if (algorithm && expected !== undefined && compute(algorithm) !== expected) {
    throw s3Error.badDigest(algorithm);
  }
}
